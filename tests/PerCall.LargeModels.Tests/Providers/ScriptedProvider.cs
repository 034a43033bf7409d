using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace PerCall.LargeModels.Tests.Providers;

/// <summary>A request as the provider received it.</summary>
public sealed record SentRequest(string Target, IHeaderDictionary Headers, byte[] Body)
{
    public string Text => System.Text.Encoding.UTF8.GetString(Body);
}

/// <summary>A provider on a real socket, which answers as a test scripts it.</summary>
public sealed class ScriptedProvider : IAsyncDisposable
{
    public const string Answer = """{"id":"a","object":"chat.completion","choices":[],"usage":{"prompt_tokens":1}}""";

    /// <summary>A certificate that only the fixture trusts.</summary>
    public static readonly X509Certificate2 Certificate = CreateCertificate();

    private readonly WebApplication _app;
    private readonly ConcurrentQueue<SentRequest> _requests = new();

    private ScriptedProvider(Func<HttpContext, Task> script, bool https)
    {
        Script = script;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.Zero);
        builder.WebHost.ConfigureKestrel(k =>
        {
            k.Limits.MaxRequestBodySize = null;
            k.Limits.MinResponseDataRate = null;
            k.Listen(IPAddress.Loopback, 0, l =>
            {
                l.Protocols = HttpProtocols.Http1;
                if (https)
                {
                    l.UseHttps(Certificate);
                }
            });
        });
        _app = builder.Build();
        _app.Run(async http =>
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body);
            var headers = new HeaderDictionary(http.Request.Headers.ToDictionary(StringComparer.OrdinalIgnoreCase));
            _requests.Enqueue(new($"{http.Request.Path}{http.Request.QueryString}", headers, body.ToArray()));
            await Script(http);
        });
    }

    /// <summary>What answers the next requests.</summary>
    public Func<HttpContext, Task> Script { get; set; }

    public IReadOnlyList<SentRequest> Requests => [.. _requests];

    public string Address => _app.Urls.Single();

    public static async Task<ScriptedProvider> StartAsync(Func<HttpContext, Task>? script = null, bool https = false)
    {
        var provider = new ScriptedProvider(script ?? Json(Answer), https);
        await provider._app.StartAsync();
        return provider;
    }

    /// <summary>Answers with JSON.</summary>
    public static Func<HttpContext, Task> Json(string body, int status = 200, params (string Name, string Value)[] headers) => http =>
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        foreach (var (name, value) in headers)
        {
            http.Response.Headers[name] = value;
        }

        return http.Response.WriteAsync(body);
    };

    /// <summary>Answers with a stream of events, and then runs <paramref name="end"/>.</summary>
    public static Func<HttpContext, Task> Stream(string events, Func<HttpContext, Task>? end = null) => async http =>
    {
        http.Response.ContentType = "text/event-stream";
        await http.Response.WriteAsync(events);
        await http.Response.Body.FlushAsync();
        await (end?.Invoke(http) ?? Task.CompletedTask);
    };

    /// <summary>Waits until the connection is closed, then completes <paramref name="closed"/>.</summary>
    public static Func<HttpContext, Task> Hang(TaskCompletionSource? arrived = null, TaskCompletionSource? closed = null) => async http =>
    {
        arrived?.TrySetResult();
        await Task.Delay(Timeout.Infinite, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        closed?.TrySetResult();
    };

    private static X509Certificate2 CreateCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
