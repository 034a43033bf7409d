using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace PerCall.Hosting.Configuration;

/// <summary>Reads values of <paramref name="source"/> and collects errors, each with the invalid value and the allowed range.</summary>
internal sealed class SettingsReader(IConfiguration section, string source, ICollection<string> faults)
{
    public string? this[string key] => section[key];

    public int Integer(string key, int otherwise, int least, int most)
    {
        if (section[key] is not { } text)
        {
            return otherwise;
        }

        if (int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most)
        {
            return value;
        }

        Fault(key, text, most == int.MaxValue ? $"a whole number of at least {least}" : $"a whole number from {least} to {most}");
        return otherwise;
    }

    public TimeSpan Duration(string key, TimeSpan otherwise, TimeSpan least, TimeSpan most)
    {
        if (section[key] is not { } text)
        {
            return otherwise;
        }

        if (TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most)
        {
            return value;
        }

        Fault(key, text, $"a duration hh:mm:ss from {least} to {most}");
        return otherwise;
    }

    /// <summary>Reads a secret. Error messages do not contain its value.</summary>
    public string? Secret(string key, int leastLength)
    {
        var text = section[key];
        if (text is not null && text.Length < leastLength)
        {
            faults.Add($"{source}: {key.Replace(':', '.')} has {text.Length} characters; allowed: at least {leastLength}.");
        }

        return text;
    }

    /// <summary>Reads one of the names, without regard to case; returns the first when the setting is missing.</summary>
    public string OneOf(string key, params string[] names)
    {
        var text = section[key] ?? names[0];
        var name = names.FirstOrDefault(n => string.Equals(n, text, StringComparison.OrdinalIgnoreCase));
        if (name is null)
        {
            Fault(key, text, string.Join(", ", names));
        }

        return name ?? names[0];
    }

    private void Fault(string key, string value, string allowed) =>
        faults.Add($"{source}: {key.Replace(':', '.')} is '{value}'; allowed: {allowed}.");
}
