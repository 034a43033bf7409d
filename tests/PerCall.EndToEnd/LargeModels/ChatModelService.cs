using PerCall.StandIn;

namespace PerCall.EndToEnd.LargeModels;

/// <summary>A service with the large model <c>mini</c> at a stand-in provider.</summary>
/// <param name="fault">What the provider does with its calls; empty: it answers them.</param>
public abstract class ChatModelService(string fault = "") : Service
{
    public StandInProvider Provider { get; private set; } = null!;

    protected override IEnumerable<(string Name, string? Value)> Settings =>
    [
        ("PerCall__OpenAI__Models__mini__Deployments__0__Endpoint", new Uri(Provider.Address, "v1").ToString()),
        ("PerCall__OpenAI__Models__mini__Endpoints", "chat"),
    ];

    public override async ValueTask InitializeAsync()
    {
        Provider = await StandInProvider.StartAsync(new() { Deployments = new Dictionary<string, string> { ["mini"] = fault } });
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Provider.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
