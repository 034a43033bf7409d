using System.Globalization;
using System.Text.Json;
using PerCall.Bench.Running;
using PerCall.Client.Wire;
using PerCall.Testing;

namespace PerCall.Bench.LargeModels;

/// <summary>A stand-in provider, and two services whose only large model is there: one waits for its charges, one does not.</summary>
internal sealed class StreamBed : IAsyncDisposable
{
    public const string Model = "stand-in";

    private const string ProviderPath = "v1/chat/completions";

    private readonly ServiceBed _bed;

    private StreamBed(ServiceBed bed, StandInProcess provider, ServiceProcess durable, ServiceProcess quick, string key) =>
        (_bed, Provider, Durable, Quick, Key) = (bed, provider, durable, quick, key);

    public StandInProcess Provider { get; }

    /// <summary>A segment leaves when its charge is on disk.</summary>
    public ServiceProcess Durable { get; }

    /// <summary>Charges are written beside the answer.</summary>
    public ServiceProcess Quick { get; }

    public string Key { get; }

    public string Storage => _bed.ConnectionString;

    public Uri Direct => new(Provider.Address, ProviderPath);

    public static async Task<StreamBed> CreateAsync(CancellationToken cancellation)
    {
        var bed = await ServiceBed.CreateAsync(Repository.Models, cancellation);
        var provider = await StandInProcess.StartAsync();
        var durable = await bed.StartMeteredAsync(Settings(provider.Address));
        var quick = await bed.StartMeteredAsync(Settings(provider.Address).Append(("PerCall__Metering__Durability", "Async")));
        var key = await ServiceBed.KeyAsync(durable, Plan, cancellation);
        return new(bed, provider, durable, quick, key);
    }

    /// <summary>A service without a large model.</summary>
    public Task<ServiceProcess> StartIdleAsync() => _bed.StartMeteredAsync();

    public static Uri UrlOf(ServiceProcess service) => new(service.Address, ProviderPath);

    /// <summary>The body of a streamed call.</summary>
    public static string Body(string script) => JsonSerializer.Serialize(new
    {
        model = Model,
        stream = true,
        stream_options = new { include_usage = true },
        user = $"script: {script}",
        messages = new[] { new { role = "user", content = "What is a month?" } },
    });

    public async ValueTask DisposeAsync()
    {
        await Durable.DisposeAsync();
        await Quick.DisposeAsync();
        await Provider.DisposeAsync();
        await _bed.DisposeAsync();
    }

    private static PutPlanRequest Plan => new()
    {
        Currency = "EUR",
        RequestsPerMinute = 1_000_000,
        ConcurrentCalls = 5000,
        MonthlyBudget = 1_000_000_000_000,
        Prices = [new("openai", "*", "token_in", 150_000, 1_000_000), new("openai", "*", "token_out", 600_000, 1_000_000)],
    };

    private static IEnumerable<(string Name, string Value)> Settings(Uri provider)
    {
        const string At = $"PerCall__OpenAI__Models__{Model}__";
        yield return ($"{At}Tokenizer", "o200k_base");
        yield return ($"{At}ContextTokens", "10000000");
        yield return ($"{At}MaxOutputTokens", "5000000");
        yield return ($"{At}Deployments__0__Endpoint", new Uri(provider, "v1").ToString());
        yield return ($"{At}Deployments__0__ConcurrentCalls", string.Create(CultureInfo.InvariantCulture, $"{10_000}"));
    }
}
