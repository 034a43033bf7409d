using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;

namespace PerCall.Hosting.Configuration;

/// <summary>Replaces <c>%Setting%</c> in schedules, queue names and blob paths.</summary>
internal static partial class SettingExpression
{
    public static string Resolve(string text, string function, IConfiguration configuration, ICollection<string> faults) =>
        Setting().Replace(text, match =>
        {
            var name = match.Groups[1].Value.Replace("__", ":", StringComparison.Ordinal);
            if (configuration[name] is { } value)
            {
                return value;
            }

            faults.Add($"Function '{function}' uses the setting {match.Value}, which is missing.");
            return match.Value;
        });

    [GeneratedRegex("%([^%]+)%")]
    private static partial Regex Setting();
}
