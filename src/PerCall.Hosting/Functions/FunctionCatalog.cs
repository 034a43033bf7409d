using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Azure.Functions.Worker;

namespace PerCall.Hosting.Functions;

/// <summary>Finds and validates the functions of an application.</summary>
internal static partial class FunctionCatalog
{
    private const BindingFlags PublicMethods =
        BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static IReadOnlyList<FunctionDescriptor> Discover(IEnumerable<Type> types, ICollection<string> faults)
    {
        var functions = new List<FunctionDescriptor>();
        foreach (var type in types.Where(t => t is { IsClass: true, IsVisible: true, ContainsGenericParameters: false }))
        {
            foreach (var method in type.GetMethods(PublicMethods))
            {
                if (method.GetCustomAttribute<FunctionAttribute>() is { } attribute &&
                    Describe(attribute.Name, type, method, faults) is { } function)
                {
                    functions.Add(function);
                }
            }
        }

        // Host settings and leases name functions without regard to case.
        foreach (var group in functions.GroupBy(f => f.Name, StringComparer.OrdinalIgnoreCase).Where(g => g.Count() > 1))
        {
            faults.Add(
                $"The function name '{group.Key}' is used by {string.Join(" and ", group.Select(f => f.EntryPoint))}; names are unique.");
        }

        return functions;
    }

    private static FunctionDescriptor? Describe(string name, Type type, MethodInfo method, ICollection<string> faults)
    {
        var where = $"Function '{name}' ({type.FullName}.{method.Name})";
        if (!ValidName().IsMatch(name))
        {
            faults.Add($"{where}: the name must be a letter, then letters, digits, '_' or '-', at most 127 characters.");
            return null;
        }

        if (method.IsGenericMethod || (type.IsAbstract && !method.IsStatic))
        {
            faults.Add($"{where}: a function must not be generic, or an instance method of an abstract class.");
            return null;
        }

        var triggers = method.GetParameters()
            .SelectMany(p => p.GetCustomAttributes().Where(IsTrigger).Select(a => (Parameter: p, Attribute: a)))
            .ToList();
        if (triggers.Count != 1)
        {
            faults.Add($"{where}: has {triggers.Count} trigger parameters; a function has exactly one.");
            return null;
        }

        foreach (var parameter in method.GetParameters().Where(p => p.ParameterType.IsByRef))
        {
            faults.Add($"{where}: parameter '{parameter.Name}' is passed by reference; parameters are passed by value.");
            return null;
        }

        return new FunctionDescriptor(name, type, method, triggers[0].Parameter, triggers[0].Attribute);
    }

    private static bool IsTrigger(Attribute attribute) =>
        attribute is HttpTriggerAttribute or QueueTriggerAttribute or BlobTriggerAttribute or TimerTriggerAttribute;

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9_-]{0,126}$")]
    private static partial Regex ValidName();
}
