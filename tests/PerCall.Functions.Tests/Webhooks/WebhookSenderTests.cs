using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PerCall.Functions.Webhooks;
using PerCall.Functions.Webhooks.Sending;
using PerCall.Functions.Webhooks.Signing;
using PerCall.Testing;
using PerCall.Testing.Webhooks;
using Xunit;

namespace PerCall.Functions.Tests.Webhooks;

public sealed class WebhookSenderTests : IAsyncDisposable
{
    private static readonly byte[] Body = Encoding.UTF8.GetBytes("""{"type":"prediction.succeeded"}""");
    private static readonly SigningSecret Secret = SigningSecret.New(default);

    private readonly WebhookReceiver _receiver = new();
    private readonly WebhookOptions _options = new();
    private readonly WatchedTime _time = new();
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync()
    {
        _over.TrySetResult();
        return _receiver.DisposeAsync();
    }

    [Fact]
    public async Task Send_Event_ArrivesSignedOverWhatArrives()
    {
        var outcome = await SendAsync(_receiver.Address);

        Assert.True(outcome.IsDelivered);
        var received = Assert.Single(_receiver.Received);
        Assert.Equal(Body, received.Body);
        Assert.Equal(("evt_1", "application/json"), (received.Headers["webhook-id"], received.Headers["content-type"]));
        var time = long.Parse(received.Headers["webhook-timestamp"], System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(_time.GetUtcNow().ToUnixTimeSeconds(), time);
        Assert.Equal(Secret.Sign("evt_1", time, received.Body), received.Headers["webhook-signature"]);
        // Nothing of this service's own tracing, and no cookies.
        Assert.DoesNotContain(received.Headers.Keys, h => h is "traceparent" or "cookie" or "authorization");
    }

    [Fact]
    public async Task Send_ToARedirect_IsAFailureThatSaysSo()
    {
        await using var elsewhere = new WebhookReceiver();
        _receiver.Answer = (_, response) =>
        {
            response.Redirect(elsewhere.Address.AbsoluteUri);
            return Task.CompletedTask;
        };

        var outcome = await SendAsync(_receiver.Address);

        Assert.Equal((302, false), (outcome.Status, outcome.IsDelivered));
        Assert.Contains("Redirects", outcome.Error, StringComparison.Ordinal);
        Assert.Empty(elsewhere.Received);
    }

    [Fact]
    public async Task Send_AnswerThatNeverEnds_IsReadTo64KilobytesAndNoFurther()
    {
        _receiver.Answer = async (_, response) =>
        {
            response.SendChunked = true;
            await response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(new string('a', 64 << 10)), Cancellation);
            await response.OutputStream.FlushAsync(Cancellation);
            // Whoever asked for more would wait as long as the test.
            await _over.Task;
        };

        var outcome = await SendAsync(_receiver.Address).WaitAsync(ProcessOutput.Patience, Cancellation);

        Assert.True(outcome.IsDelivered);
        Assert.Equal(new string('a', 1024), outcome.Response);
    }

    [Fact]
    public async Task Send_AnswerWhoseBodyStalls_IsTheAnswerOfItsStatus()
    {
        _receiver.Answer = async (_, response) =>
        {
            response.StatusCode = 500;
            response.SendChunked = true;
            await response.OutputStream.WriteAsync("so far\n"u8.ToArray(), Cancellation);
            await response.OutputStream.FlushAsync(Cancellation);
            await _over.Task;
        };
        // The clock is read for the second time when the status has come.
        var (reads, answered) = (0, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        _time.Read = () => (Interlocked.Increment(ref reads) == 2 ? answered : null)?.TrySetResult();

        var sending = SendAsync(_receiver.Address);
        await answered.Task;
        _time.Advance(_options.Timeout);
        var outcome = await sending;

        Assert.Equal((500, null), (outcome.Status, outcome.Error));
    }

    [Fact]
    public async Task Send_AnswerWhoseBodyBreaksOff_KeepsWhatHasCome()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var served = ServeAsync();

        var outcome = await SendAsync(new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/"));

        await served;
        Assert.Equal((500, "so far "), (outcome.Status, outcome.Response));

        async Task ServeAsync()
        {
            using var client = await listener.AcceptTcpClientAsync(Cancellation);
            await using var stream = client.GetStream();
            using var reader = new StreamReader(stream, leaveOpen: true);
            for (string? line; (line = await reader.ReadLineAsync(Cancellation)) is { Length: > 0 };)
            {
            }

            await reader.ReadBlockAsync(new char[Body.Length], Cancellation);
            await stream.WriteAsync("HTTP/1.1 500 No\r\nContent-Length: 1000\r\n\r\nso far\n"u8.ToArray(), Cancellation);
        }
    }

    [Fact]
    public async Task Send_WithoutAnswer_EndsAtTheTimeout()
    {
        _receiver.Answer = (_, _) =>
        {
            _asked.TrySetResult();
            return _over.Task;
        };

        var outcome = await TimeOutAsync(SendAsync(_receiver.Address));

        Assert.Null(outcome.Status);
        Assert.Equal("No response within 15 seconds.", outcome.Error);
        Assert.Equal(_options.Timeout, outcome.Duration);
    }

    [Fact]
    public async Task Send_NameThatNeverResolves_EndsAtTheTimeout()
    {
        var sending = SendAsync(new Uri("https://hooks.example.com/"), async (_, cancellation) =>
        {
            _asked.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellation);
            return [];
        });

        var outcome = await TimeOutAsync(sending);

        Assert.StartsWith("No response within ", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(_options.Timeout, outcome.Duration);
    }

    [Fact]
    public async Task Send_AnswerWithEndlessHeaders_IsAFailure()
    {
        _receiver.Answer = (_, response) =>
        {
            for (var i = 0; i < 40; i++)
            {
                response.Headers.Add($"x-{i}", new string('h', 1000));
            }

            return Task.CompletedTask;
        };

        var outcome = await SendAsync(_receiver.Address);

        Assert.Null(outcome.Status);
        Assert.Contains("headers", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_ToNobody_SaysSo()
    {
        using var ports = new ReservedPorts();

        var outcome = await SendAsync(new Uri($"http://127.0.0.1:{ports.First}/"));

        Assert.Equal("The connection failed (ConnectionRefused).", outcome.Error);
    }

    [Fact]
    public async Task Send_ToOneThatSpeaksNoTls_SaysSo()
    {
        var outcome = await SendAsync(new Uri(_receiver.Address.AbsoluteUri.Replace("http:", "https:", StringComparison.Ordinal)));

        Assert.Contains("TLS", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_ToACertificateThatNobodyVouchesFor_SendsNothing()
    {
        using var key = RSA.Create(2048);
        using var certificate = new CertificateRequest("CN=hook.localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var served = ServeAsync();

        var outcome = await SendAsync(
            new Uri($"https://hook.localhost:{((IPEndPoint)listener.LocalEndpoint).Port}/"), (_, _) =>
                Task.FromResult<IPAddress[]>([IPAddress.Loopback]));

        Assert.Contains("certificate", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(0, await served);

        async Task<int> ServeAsync()
        {
            using var client = await listener.AcceptTcpClientAsync(Cancellation);
            await using var tls = new SslStream(client.GetStream());
            try
            {
                await tls.AuthenticateAsServerAsync(certificate);
                return await tls.ReadAsync(new byte[1], Cancellation);
            }
            catch (Exception e) when (e is IOException or AuthenticationException)
            {
                return 0;
            }
        }
    }

    [Fact]
    public async Task Send_NameThatTurnsElsewhere_GoesWhereItWasChecked()
    {
        var asked = 0;
        ResolveHost turning = (_, _) =>
            Task.FromResult<IPAddress[]>([Interlocked.Increment(ref asked) == 1 ? IPAddress.Loopback : IPAddress.Parse("10.0.0.1")]);
        var target = new Uri($"http://hook.localhost:{_receiver.Address.Port}/");

        var first = await SendAsync(target, turning);
        var second = await SendAsync(target, turning);

        Assert.True(first.IsDelivered);
        Assert.Equal($"hook.localhost:{target.Port}", Assert.Single(_receiver.Received).Headers["host"]);
        Assert.Contains("public", second.Error, StringComparison.Ordinal);
        Assert.Equal(2, asked);
    }

    [Theory]
    [InlineData(429, "120", 120)]
    [InlineData(503, "7", 7)]
    [InlineData(500, "120", null)]
    public async Task Send_AnswerWithRetryAfter_IsToldWhereItMeansSomething(int status, string header, int? seconds)
    {
        _receiver.Answer = (_, response) =>
        {
            response.StatusCode = status;
            response.Headers["Retry-After"] = header;
            return Task.CompletedTask;
        };

        Assert.Equal(seconds, (int?)(await SendAsync(_receiver.Address)).RetryAfter?.TotalSeconds);
    }

    [Fact]
    public async Task Send_ToThisMachineInProduction_IsRefusedWithoutAConnection()
    {
        var outcome = await SendAsync(_receiver.Address, environment: Environments.Production);

        Assert.NotNull(outcome.Error);
        Assert.Empty(_receiver.Received);
    }

    /// <summary>Has the time pass that an attempt may take: all but the last of it changes nothing.</summary>
    private async Task<AttemptOutcome> TimeOutAsync(Task<AttemptOutcome> sending)
    {
        await _asked.Task;
        var last = TimeSpan.FromMilliseconds(1);
        _time.Advance(_options.Timeout - last);
        Assert.False(sending.IsCompleted);
        _time.Advance(last);
        return await sending;
    }

    private Task<AttemptOutcome> SendAsync(Uri target, ResolveHost? resolve = null, string? environment = null)
    {
        var rules = new TargetRules(new HostedIn(environment ?? Environments.Development), resolve ?? Dns.GetHostAddressesAsync);
        var sender = new WebhookSender(rules, new OptionsWrapper<WebhookOptions>(_options), _time);
        return sender.SendAsync(target.OriginalString, "evt_1", Body, [Secret], Cancellation);
    }
}
