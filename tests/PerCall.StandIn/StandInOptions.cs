namespace PerCall.StandIn;

/// <summary>How a stand-in provider is started.</summary>
public sealed record StandInOptions
{
    /// <summary>The address to listen on, with port 0 for a free port.</summary>
    public Uri Address { get; init; } = new("http://127.0.0.1:0");

    /// <summary>The only key that is accepted; null: every key, and calls without a key at <c>/v1</c>.</summary>
    public string? Key { get; init; }

    /// <summary>The names of the deployments, each with its script (empty: a healthy one); empty: every name is served.</summary>
    public IReadOnlyDictionary<string, string> Deployments { get; init; } = new Dictionary<string, string>();

    /// <summary>Parses <c>--urls</c>, <c>--key</c>, and <c>--deployment name[=script]</c>, which may be repeated.</summary>
    /// <exception cref="ArgumentException">An option is unknown or has no value.</exception>
    public static StandInOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new StandInOptions();
        var deployments = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < arguments.Count; i += 2)
        {
            if (i + 1 == arguments.Count)
            {
                throw new ArgumentException($"{arguments[i]} needs a value.", nameof(arguments));
            }

            var value = arguments[i + 1];
            switch (arguments[i])
            {
                case "--urls":
                    options = options with { Address = new Uri(value) };
                    break;
                case "--key":
                    options = options with { Key = value };
                    break;
                case "--deployment":
                    var parts = value.Split('=', 2);
                    deployments[parts[0]] = parts.Length > 1 ? parts[1] : "";
                    break;
                default:
                    throw new ArgumentException($"'{arguments[i]}' is unknown; allowed: --urls, --key, --deployment.", nameof(arguments));
            }
        }

        return options with { Deployments = deployments };
    }
}
