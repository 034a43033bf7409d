namespace PerCall.EndToEnd.Webhooks;

/// <summary>
/// The service as a developer runs it: webhooks to this machine are sent, and are soon tried again. Its environment names a proxy that
/// nobody answers at.
/// </summary>
public sealed class DevelopmentService : Service
{
    protected override IEnumerable<(string Name, string? Value)> Settings =>
    [
        ("AZURE_FUNCTIONS_ENVIRONMENT", "Development"),
        ("PerCall__Webhooks__Retries", "00:00:01,00:00:01"),
        // What a receiver holds, it holds until the test lets it go.
        ("PerCall__Webhooks__Timeout", "00:01:00"),
        ("http_proxy", "http://127.0.0.1:9"),
        ("HTTPS_PROXY", "http://127.0.0.1:9"),
        // Storage is there; receivers are under another name.
        ("NO_PROXY", "127.0.0.1"),
    ];
}
