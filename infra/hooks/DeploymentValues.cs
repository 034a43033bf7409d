namespace PerCall.Hooks;

/// <summary>azd's environment, which azd passes to its hooks as environment variables. Empty values count as absent.</summary>
internal sealed class DeploymentValues(Func<string, string?> read)
{
    public string? Subscription => this["AZURE_SUBSCRIPTION_ID"];

    public string? Tenant => this["AZURE_TENANT_ID"];

    public string? ResourceGroup => this["AZURE_RESOURCE_GROUP"];

    public string? Location => this["AZURE_LOCATION"];

    public string? this[string name] => read(name) is { Length: > 0 } value ? value : null;

    public static DeploymentValues FromEnvironment() => new(Environment.GetEnvironmentVariable);
}
