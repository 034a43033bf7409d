using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using PerCall.Functions.Operators;
using PerCall.LargeModels.Routes;

namespace PerCall.Functions.Tests.Documentation;

/// <summary>The table of settings, made of the options classes of all slices and of what is written above their properties.</summary>
internal static partial class SettingsTable
{
    public const string Begin = "<!-- made of the options classes -->";
    public const string End = "<!-- as far as here -->";

    private static readonly Assembly[] Assemblies = [typeof(OperatorKey).Assembly, typeof(LargeModelOptions).Assembly];

    /// <summary>The options classes: those that name a section.</summary>
    public static IEnumerable<(string Setting, PropertyInfo Property)> Settings() => Assemblies.SelectMany(a => a.GetTypes())
        .Where(t => t.Name.EndsWith("Options", StringComparison.Ordinal))
        .Select(t => (Type: t, Section: t.GetField("Section", BindingFlags.Public | BindingFlags.Static)?.GetRawConstantValue() as string))
        .Where(t => t.Section is not null)
        .SelectMany(t => Members(t.Section!, t.Type))
        .OrderBy(s => s.Item1, StringComparer.Ordinal);

    public static string Render()
    {
        var texts = Assemblies.SelectMany(a => XDocument.Load(Path.ChangeExtension(a.Location, ".xml")).Descendants("member"))
            .DistinctBy(m => m.Attribute("name")!.Value)
            .ToDictionary(m => m.Attribute("name")!.Value, m => m.Element("summary")!);
        var rows = Settings().Select(
            s =>
                $"| `{s.Setting}` | {Default(s.Property)} | {Allowed(s.Property)} | "
                    + $"{Text(texts[$"P:{s.Property.DeclaringType!.FullName}.{s.Property.Name}"])} |");
        return string.Join('\n', ["| setting | default | allowed | |", "|---|---|---|---|", .. rows]);
    }

    /// <summary>The settings of a section, and of the sections within it: by name in a dictionary, by number in a list.</summary>
    private static IEnumerable<(string Setting, PropertyInfo Property)> Members(string section, Type type) =>
        type.GetProperties().SelectMany(p => Nested(p.PropertyType) is { } nested
            ? Members($"{section}:{p.Name}{nested.Key}", nested.Type)
            : p.CanWrite ? [($"{section}:{p.Name}", p)] : []);

    private static (string Key, Type Type)? Nested(Type type) =>
        !type.IsGenericType ? type.IsClass && type != typeof(string) ? ("", type) : null
        : type.GetGenericTypeDefinition() == typeof(IDictionary<,>) ? (":<name>", type.GetGenericArguments()[1])
        : type.GetGenericTypeDefinition() == typeof(IList<>) ? (":<n>", type.GetGenericArguments()[0])
        : null;

    private static string Default(PropertyInfo property) => Value(property.GetValue(Activator.CreateInstance(property.DeclaringType!)));

    private static string Allowed(PropertyInfo property)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        return property.GetCustomAttribute<RangeAttribute>() is { } range ? range.Maximum is long.MaxValue
            ? $"from {Value(range.Minimum)}" : $"{Value(range.Minimum)} to {Value(range.Maximum)}"
            : type.IsEnum ? string.Join(", ", Enum.GetNames(type))
            : type == typeof(bool) ? "true, false"
            : "";
    }

    private static string Value(object? value) => value switch
    {
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static string Text(XElement summary) => Spaces().Replace(string.Concat(summary.Nodes().Select(n => n switch
    {
        XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
        XElement { Name.LocalName: "see" } see => $"`{see.Attribute("cref")!.Value.Split('.')[^1]}`",
        _ => n.ToString(SaveOptions.DisableFormatting),
    })), " ").Trim();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
