using System.Collections;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace PerCall.LargeModels.Routes;

/// <summary>
/// Compares a section with the options class that it is bound to. Binding ignores unknown members, and stops at the first value that it
/// cannot convert. This reports every fault.
/// </summary>
internal static class SettingsShape
{
    /// <returns>
    /// The path of each invalid value or unknown member, and its fault as a sentence. Null instead of the fault: an empty number, which
    /// means the default.
    /// </returns>
    public static IEnumerable<(string Path, string? Fault)> Faults(IConfigurationSection section, Type type)
    {
        var element = Element(type);
        var properties = element is null ? type.GetProperties(BindingFlags.Public | BindingFlags.Instance) : [];
        if (!string.IsNullOrEmpty(section.Value))
        {
            var members = element is null ? $"its members {Names(properties)}" : "members";
            yield return (section.Path, $"{section.Path} has a value; allowed: only {members}.");
        }

        foreach (var fault in section.GetChildren().SelectMany(c => element is null ? Member(c, properties) : Faults(c, element)))
        {
            yield return fault;
        }
    }

    private static IEnumerable<(string Path, string? Fault)> Member(IConfigurationSection member, PropertyInfo[] properties)
    {
        if (properties.FirstOrDefault(p => p.Name.Equals(member.Key, StringComparison.OrdinalIgnoreCase)) is not { } property)
        {
            return [(member.Path, $"{member.Path} is not a setting; allowed: {Names(properties)}.")];
        }

        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        return type == typeof(string) || type.IsPrimitive ? Scalar(member, type, property) : Faults(member, type);
    }

    private static IEnumerable<(string Path, string? Fault)> Scalar(IConfigurationSection member, Type type, PropertyInfo property)
    {
        if (member.GetChildren().Any())
        {
            yield return (member.Path, $"{member.Path} has members; allowed: one value.");
        }
        else if (type != typeof(string) && string.IsNullOrEmpty(member.Value))
        {
            yield return (member.Path, null);
        }
        else if (property.GetCustomAttribute<RangeAttribute>() is { } range && !IsWithin(member.Value!, type, range))
        {
            yield return (member.Path, string.Create(
                CultureInfo.InvariantCulture,
                $"{member.Path} is '{member.Value}'; allowed: whole numbers from {range.Minimum} to {range.Maximum}."));
        }
    }

    private static bool IsWithin(string value, Type type, RangeAttribute range)
    {
        try
        {
            var number = TypeDescriptor.GetConverter(type).ConvertFromInvariantString(value);
            return Convert.ToDouble(number, CultureInfo.InvariantCulture) is var n
                && n >= Convert.ToDouble(range.Minimum, CultureInfo.InvariantCulture)
                && n <= Convert.ToDouble(range.Maximum, CultureInfo.InvariantCulture);
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Returns the type of a dictionary's or list's elements; null for other types.</summary>
    private static Type? Element(Type type) =>
        type != typeof(string) && type.IsAssignableTo(typeof(IEnumerable)) ? type.GetGenericArguments()[^1] : null;

    private static string Names(PropertyInfo[] properties) => string.Join(", ", properties.Select(p => p.Name));
}
