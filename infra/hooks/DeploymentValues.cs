namespace PerCall.Hooks;

/// <summary>azd's environment, which azd passes to its hooks as environment variables. Empty values count as absent.</summary>
internal sealed class DeploymentValues(Func<string, string?> read)
{
    public string? Subscription => this["AZURE_SUBSCRIPTION_ID"];

    /// <summary>As the last deployment wrote it, or as it was set by hand.</summary>
    public string? Tenant => this["AZURE_TENANT_ID"];

    public string? ResourceGroup => this["AZURE_RESOURCE_GROUP"];

    public string? Location => this["AZURE_LOCATION"];

    /// <summary>Whether azd runs this. Otherwise a person or a pipeline does, with the Azure CLI alone.</summary>
    public bool AreOfAzd => this["AZURE_ENV_NAME"] is not null;

    /// <summary>Whether the deployment is for Azure Functions; otherwise it is for Container Apps.</summary>
    public bool AreForFunctions => this["PERCALL_HOST"] is null or "functions";

    public bool HasBudget => this["PERCALL_MONTHLY_BUDGET"] is not (null or "0");

    public string? this[string name] => read(name) is { Length: > 0 } value ? value : null;

    public static DeploymentValues FromEnvironment() => new(Environment.GetEnvironmentVariable);

    public bool IsOn(string name) => string.Equals(this[name], "true", StringComparison.OrdinalIgnoreCase);
}
