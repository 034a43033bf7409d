namespace PerCall.LargeModels.Routes;

/// <summary>What a deployment's address says.</summary>
internal static class DeploymentAddress
{
    private const string AzureV1Path = "/openai/v1";

    private static readonly string[] AzureHosts = [".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com"];

    /// <summary>Returns the address; null when it is not an absolute http or https address, or has more than host and path.</summary>
    public static Uri? Parse(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            && address is { UserInfo: "", Query: "", Fragment: "", Host: not "" } ? address : null;

    public static DeploymentKind KindOf(Uri address) =>
        address.AbsolutePath.TrimEnd('/').EndsWith(AzureV1Path, StringComparison.OrdinalIgnoreCase) ? DeploymentKind.AzureV1
        : AzureHosts.Any(h => address.Host.EndsWith(h, StringComparison.OrdinalIgnoreCase)) ? DeploymentKind.Azure
        : DeploymentKind.OpenAi;

    /// <summary>Whether the address is OpenAI's own.</summary>
    public static bool IsOpenAi(Uri address) => string.Equals(address.Host, "api.openai.com", StringComparison.OrdinalIgnoreCase);

    /// <summary>Adds <c>/openai/v1</c> to the address of a resource, if it lacks it.</summary>
    public static Uri WithV1(Uri address) =>
        address.AbsolutePath.TrimEnd('/').EndsWith(AzureV1Path, StringComparison.OrdinalIgnoreCase)
            ? address
            : new UriBuilder(address) { Path = address.AbsolutePath.TrimEnd('/') + AzureV1Path }.Uri;
}
