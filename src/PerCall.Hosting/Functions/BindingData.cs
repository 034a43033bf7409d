using System.ComponentModel;
using System.Globalization;
using System.Reflection;

namespace PerCall.Hosting.Functions;

/// <summary>Converts binding data to method arguments.</summary>
internal static class BindingData
{
    public static bool CanConvertTo(Type type) =>
        type == typeof(string) || type == typeof(object) || TypeDescriptor.GetConverter(type).CanConvertFrom(typeof(string));

    /// <exception cref="InvalidBindingException">The value is missing, or does not have the parameter's type.</exception>
    public static object? GetArgument(ParameterInfo parameter, IReadOnlyDictionary<string, object?> data)
    {
        if (!data.TryGetValue(parameter.Name!, out var value) || value is null)
        {
            return parameter.HasDefaultValue ? parameter.DefaultValue
                : IsOptional(parameter) ? null
                : throw new InvalidBindingException($"No value was given for parameter '{parameter.Name}'.");
        }

        if (parameter.ParameterType.IsInstanceOfType(value))
        {
            return value;
        }

        var text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        if (parameter.ParameterType == typeof(string))
        {
            return text;
        }

        try
        {
            return TypeDescriptor.GetConverter(parameter.ParameterType).ConvertFromInvariantString(text);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or NotSupportedException)
        {
            throw new InvalidBindingException(
                $"The value '{text}' of parameter '{parameter.Name}' is not a {parameter.ParameterType.Name}.", e);
        }
    }

    private static bool IsOptional(ParameterInfo parameter) =>
        Nullable.GetUnderlyingType(parameter.ParameterType) is not null ||
        new NullabilityInfoContext().Create(parameter).WriteState == NullabilityState.Nullable;
}
