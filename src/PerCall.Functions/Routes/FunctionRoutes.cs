using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing.Template;
using Microsoft.Azure.Functions.Worker;

namespace PerCall.Functions.Routes;

/// <summary>An HTTP function as its attributes declare it.</summary>
/// <param name="Name">The function's name.</param>
/// <param name="Template">The route, without a leading slash.</param>
/// <param name="Methods">HTTP methods in upper case; empty: all.</param>
/// <param name="Method">The function itself.</param>
public sealed record FunctionRoute(string Name, string Template, IReadOnlyList<string> Methods, MethodInfo Method)
{
    // Wanted only where a path has no function, so not made at every start.
    private readonly Lazy<TemplateMatcher> _matcher = new(() => new(TemplateParser.Parse(Template), []));

    /// <summary>Whether it takes every path that no other function takes.</summary>
    public bool IsFallback => Template.Contains("{*", StringComparison.Ordinal);

    /// <summary>
    /// Whether the route is the operator's. Decided by the route that was declared, not by the path that was sent: paths are matched
    /// without regard to case.
    /// </summary>
    public bool IsManagement => Template.StartsWith("manage/", StringComparison.Ordinal);

    /// <summary>Whether the route is the tenants', who send a key of theirs.</summary>
    public bool IsTenants => Template.StartsWith("v1/", StringComparison.Ordinal);

    /// <summary>Whether OpenAI's clients call it by themselves.</summary>
    public bool IsOpenAi { get; } = Method.IsDefined(typeof(OpenAiDialectAttribute));

    /// <summary>Whether a refusal has what OpenAI's clients look for: on all that lies under their base address.</summary>
    /// <param name="path">As it was sent; of a path that has no function.</param>
    public bool RefusesAsOpenAi(PathString path) => IsTenants || (IsFallback && path.StartsWithSegments("/v1"));

    public bool Matches(PathString path) => _matcher.Value.TryMatch(path, []);
}

/// <summary>The service's route table, read off the functions.</summary>
public sealed class FunctionRoutes(IReadOnlyList<FunctionRoute> all)
{
    private readonly Dictionary<string, FunctionRoute> _byName = all.ToDictionary(r => r.Name, StringComparer.Ordinal);

    public IReadOnlyList<FunctionRoute> All => all;

    public static FunctionRoutes Discover() => new([
        .. from type in typeof(FunctionRoutes).Assembly.GetExportedTypes()
           from method in type.GetMethods()
           let function = method.GetCustomAttribute<FunctionAttribute>()
           where function is not null
           let trigger = method.GetParameters().Select(p => p.GetCustomAttribute<HttpTriggerAttribute>()).FirstOrDefault(t => t is not null)
           where trigger is not null
           select new FunctionRoute(
               function.Name, trigger.Route ?? function.Name, [.. (trigger.Methods ?? []).Select(m => m.ToUpperInvariant())], method)]);

    public FunctionRoute? Find(string function) => _byName.GetValueOrDefault(function);
}
