using System.Text;
using System.Text.Json.Nodes;
using Azure.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using PerCall.LargeModels.Providers;
using PerCall.LargeModels.Routes;

namespace PerCall.LargeModels.Tests.Providers;

/// <summary>The registered provider with the settings of a test. The clock stands still until the test advances it.</summary>
public sealed class ProviderFixture : IDisposable
{
    public const string Model = "gpt-4o-mini";

    private readonly ServiceProvider _services;

    public ProviderFixture(
        IEnumerable<(string Name, string Value)> settings, Func<int, int>? random = null, int connections = int.MaxValue)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(
                settings.Select(s => KeyValuePair.Create<string, string?>($"{LargeModelOptions.Section}:{s.Name}", s.Value)))
            .Build();
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(Time);
        services.AddLogging(l => l.AddProvider(Log));
        services.AddLargeModelProviders(configuration, _ => Credential);
        services.AddSingleton(new WeightedOrder(random ?? (_ => 0)));
        if (services.Any(s => s.ServiceType == typeof(IHttpClientFactory)))
        {
            services.AddHttpClient(LargeModelServices.ClientName).UseSocketsHttpHandler((handler, _) =>
            {
                handler.MaxConnectionsPerServer = connections;
                handler.SslOptions.RemoteCertificateValidationCallback =
                    (_, certificate, _, _) => certificate?.GetCertHashString() == ScriptedProvider.Certificate.Thumbprint;
            });
        }

        _services = services.BuildServiceProvider();
        Routes = _services.GetRequiredService<LargeModelRoutes>();
        Provider = _services.GetRequiredService<ILargeModelProvider>();
    }

    /// <summary>The deployments are tried in this order.</summary>
    public ProviderFixture(params ScriptedProvider[] deployments)
        : this(Deployments([.. deployments.Select(d => d.Address)]))
    {
    }

    public FakeTimeProvider Time { get; } = new(new(2026, 11, 29, 12, 0, 0, TimeSpan.Zero));

    public FakeCredential Credential { get; } = new();

    public RecordingLog Log { get; } = new();

    public LargeModelRoutes Routes { get; }

    public ILargeModelProvider Provider { get; }

    public static (string, string)[] Deployments(params string[] addresses) =>
        [.. addresses.Select((a, i) => ($"Models:{Model}:Deployments:{i}:Endpoint", $"{a}/v1"))];

    public Task<ProviderAnswer> SendAsync(
        string body = "{}", bool stream = false, LargeModelEndpoint endpoint = LargeModelEndpoint.ChatCompletions,
        CancellationToken cancellation = default) => Provider.SendAsync(
            new()
            {
                Route = Routes.Find(Model)!,
                Endpoint = endpoint,
                Body = JsonNode.Parse(body)!.AsObject(),
                Stream = stream,
            },
            cancellation);

    /// <summary>Sends a call and returns its body, or the code of its refusal.</summary>
    public async Task<string> AnswerAsync(bool stream = false)
    {
        try
        {
            using var answer = await SendAsync(stream: stream);
            return await TextAsync(answer.Body);
        }
        catch (LargeModelRefusedException e)
        {
            return e.Code;
        }
    }

    public static async Task<string> TextAsync(Stream body)
    {
        using var reader = new StreamReader(body, Encoding.UTF8, leaveOpen: true);
        return await reader.ReadToEndAsync();
    }

    public void Dispose() => _services.Dispose();
}

/// <summary>An identity that returns a fixed token, and records for what it was asked.</summary>
public sealed class FakeCredential : TokenCredential
{
    public const string Token = "the-identity-token";

    public List<string> Scopes { get; } = [];

    public Exception? Fault { get; set; }

    public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
    {
        Scopes.AddRange(requestContext.Scopes);
        return Fault is null ? new(Token, DateTimeOffset.MaxValue) : throw Fault;
    }

    public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
        new(GetToken(requestContext, cancellationToken));
}

/// <summary>Keeps all log lines at every level.</summary>
public sealed class RecordingLog : ILoggerProvider, ILogger
{
    private readonly List<(LogLevel Level, string Text)> _lines = [];

    public IReadOnlyList<(LogLevel Level, string Text)> Lines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lines)
        {
            _lines.Add((logLevel, $"{formatter(state, exception)} {exception}"));
        }
    }

    public void Dispose()
    {
    }
}
