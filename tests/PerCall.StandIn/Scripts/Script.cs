using System.Globalization;

namespace PerCall.StandIn.Scripts;

/// <summary>
/// What a call is answered with: settings <c>key=value</c> and flags, separated by semicolons, after the word <c>script:</c>.
/// </summary>
internal sealed class Script
{
    public const string Mark = "script:";

    public static readonly Script Empty = new([]);

    private static readonly HashSet<string> Keys = new(StringComparer.Ordinal)
    {
        "id", "tokens", "delay", "first", "in", "cached", "cache-write", "reasoning", "usage", "seconds", "label", "p", "call", "flush",
        "at", "status", "retry-after", "retry-after-ms", "body", "filter", "hang", "slow-headers",
        "cut", "reset", "stall", "error-in-200", "huge-event", "garbage", "no-done", "no-finish", "keep-alive", "beyond",
        "echo",
    };

    private readonly Dictionary<string, string> _settings;

    private Script(Dictionary<string, string> settings) => _settings = settings;

    public string? Id => Text("id");

    /// <summary>The deployment that the script is for; null: all.</summary>
    public string? At => Text("at");

    /// <summary>Returns the script behind <see cref="Mark"/> up to the end of its line; null: the text has no script.</summary>
    /// <exception cref="FormatException">The script is invalid.</exception>
    public static Script? Find(string? text)
    {
        var at = text?.IndexOf(Mark, StringComparison.Ordinal) ?? -1;
        return at < 0 ? null : Parse(text![(at + Mark.Length)..].Split('\n', 2)[0]);
    }

    /// <exception cref="FormatException">A key is unknown.</exception>
    public static Script Parse(string text)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var setting in text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = setting.Split('=', 2, StringSplitOptions.TrimEntries);
            if (!Keys.Contains(parts[0]))
            {
                throw new FormatException($"The script's '{parts[0]}' is unknown; allowed: {string.Join(", ", Keys.Order())}.");
            }

            settings[parts[0]] = parts.Length > 1 ? parts[1] : "";
        }

        return settings.Count == 0 ? Empty : new(settings);
    }

    /// <summary>Returns a script with the settings of both; those of this one prevail.</summary>
    public Script Over(Script other)
    {
        if (_settings.Count == 0 || other._settings.Count == 0)
        {
            return _settings.Count == 0 ? other : this;
        }

        var both = new Dictionary<string, string>(other._settings, StringComparer.Ordinal);
        foreach (var (key, value) in _settings)
        {
            both[key] = value;
        }

        return new(both);
    }

    /// <summary>Returns the script without its faults, for a deployment that it is not for.</summary>
    public Script WithoutFaults() => new(_settings
        .Where(s => s.Key is "id" or "tokens" or "delay" or "first" or "in" or "cached" or "cache-write" or "usage" or "seconds")
        .ToDictionary(StringComparer.Ordinal));

    public bool Has(string key) => _settings.ContainsKey(key);

    public string? Text(string key) => _settings.GetValueOrDefault(key);

    /// <exception cref="FormatException">The value is not a number.</exception>
    public int Number(string key, int otherwise) =>
        _settings.TryGetValue(key, out var value) ? int.Parse(value, CultureInfo.InvariantCulture) : otherwise;

    /// <exception cref="FormatException">The value is not a number.</exception>
    public int? Number(string key) => Has(key) ? Number(key, 0) : null;
}
