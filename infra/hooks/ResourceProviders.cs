namespace PerCall.Hooks;

/// <summary>
/// Resource providers that a deployment needs. It registers those of its resources by itself if the deployer has rights on the
/// subscription. It does not register Microsoft.App, which the subnet's delegation names.
/// </summary>
internal static class ResourceProviders
{
    private static readonly string[] Always =
    [
        "Microsoft.App", "Microsoft.EventGrid", "Microsoft.Insights", "Microsoft.KeyVault", "Microsoft.ManagedIdentity",
        "Microsoft.OperationalInsights", "Microsoft.Storage", "Microsoft.Web",
    ];

    public static IEnumerable<string> NeededFor(DeploymentValues values)
    {
        List<string> needed = [.. Always];
        if (values["PERCALL_PRIVATE_NETWORK"] is not (null or "open") || values.IsOn("PERCALL_FIXED_ADDRESS"))
        {
            needed.Add("Microsoft.Network");
        }

        if (values.IsOn("PERCALL_OPENAI"))
        {
            needed.Add("Microsoft.CognitiveServices");
        }

        if (values.HasBudget)
        {
            needed.Add("Microsoft.Consumption");
        }

        if (values.IsOn("PERCALL_STOP_AT_BUDGET"))
        {
            needed.Add("Microsoft.Logic");
        }

        return needed;
    }
}
