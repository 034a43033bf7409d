using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Testing;
using PerCall.Client;
using PerCall.Client.Wire;
using PerCall.Samples.Approval;
using PerCall.Testing;
using Xunit;

namespace PerCall.Approval.Tests;

/// <summary>
/// The orchestration in process, over a fake of PerCall. Each activity runs twice, and only the second run is recorded: as when a worker
/// dies between an activity's effect and its record.
/// </summary>
public sealed class ApprovalHost : IAsyncLifetime
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private readonly ReservedPorts _ports = new();
    private DurableTaskTestHost _host = null!;

    internal FakePerCall PerCall { get; private set; } = null!;

    public DurableTaskClient Durable => _host.Client;

    /// <summary>Activities that orchestrations called, by instance: replays call none again.</summary>
    public ConcurrentQueue<(string Instance, string Activity)> Called { get; } = new();

    /// <summary>Executions of the orchestrator's code from its beginning, by instance.</summary>
    public ConcurrentDictionary<string, int> Executions { get; } = new();

    /// <summary>Settings under which only the webhook ends the wait for a batch.</summary>
    public static ApprovalOptions Options => new()
    {
        ApproveAbove = 1000,
        ApprovalTimeout = TimeSpan.FromHours(1),
        FirstPoll = TimeSpan.FromHours(1),
        LongestPoll = TimeSpan.FromHours(1),
        RetryInterval = TimeSpan.FromMilliseconds(10),
        Attempts = 3,
        WebhookUrl = new("https://approval.test/webhooks/percall"),
        WebhookSecrets = ["whsec_b2xkLXNlY3JldA==", Secret],
    };

    public async ValueTask InitializeAsync()
    {
        PerCall = await FakePerCall.StartAsync();
        var activities = new PerCallActivities(PerCallClient.Connect(PerCall.Address), TimeProvider.System);
        _host = await DurableTaskTestHost.StartAsync(
            tasks =>
            {
                tasks.AddOrchestratorFunc<ApprovalInput, ApprovalStatus>(ApprovalOrchestrator.Name, (context, _) =>
                {
                    Executions.AddOrUpdate(context.InstanceId, 1, (_, n) => n + 1);
                    return ApprovalOrchestrator.RunAsync(context)!;
                });
                AddTwice<ApprovalRequest, Answer<Quote>>(tasks, nameof(activities.QuoteBatch), activities.QuoteBatch);
                AddTwice<BatchOrder, Answer<BatchState>>(tasks, nameof(activities.StartBatch), activities.StartBatch);
                AddTwice<string, Answer<BatchState>>(tasks, nameof(activities.GetBatch), activities.GetBatch);
            },
            new() { Port = _ports.First });
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await PerCall.DisposeAsync();
        _ports.Dispose();
    }

    /// <summary>What <c>POST /approvals</c> answers.</summary>
    public async Task<(int Status, string? Id)> StartAsync(string body, string key, ApprovalOptions? options = null)
    {
        var request = RequestWith(body);
        request.Headers["Idempotency-Key"] = key;
        var functions = new ApprovalFunctions(Microsoft.Extensions.Options.Options.Create(options ?? Options), TimeProvider.System);
        var (status, view) = Read<ApprovalView>(await functions.StartAsync(request, Durable, Cancellation));
        return (status, view?.Id);
    }

    /// <summary>Starts an approval of a file.</summary>
    internal async Task<string> StartAsync(FakeFile file, ApprovalOptions? options = null, string? key = null)
    {
        var (status, id) = await StartAsync(BodyOf(file), key ?? $"{Guid.NewGuid()}", options);
        Assert.Equal(202, status);
        return id!;
    }

    /// <summary>Waits for a state of an approval.</summary>
    public async Task<ApprovalView> StateAsync(string id, string state)
    {
        ApprovalView? view = null;
        await Eventually.ComesToAsync(
            async () =>
            {
                var request = new DefaultHttpContext().Request;
                view = Read<ApprovalView>(await ApprovalFunctions.GetAsync(request, id, Durable, Cancellation)).Value;
                return view?.Error ?? view?.Status?.State ?? "";
            },
            s => s == state,
            $"{id} is {state}");
        return view!;
    }

    /// <summary>What <c>POST /approvals/{id}/approve</c> or <c>…/reject</c> answers.</summary>
    public async Task<int> DecideAsync(string id, bool approve, string body = """{"by":"Ada"}""") => Read<ApprovalView>(
        approve
            ? await ApprovalFunctions.ApproveAsync(RequestWith(body), id, Durable, Cancellation)
            : await ApprovalFunctions.RejectAsync(RequestWith(body), id, Durable, Cancellation)).Status;

    /// <summary>Ends a file's only batch as PerCall does, without a webhook.</summary>
    internal static FakeBatch End(FakeFile file, string status = "completed")
    {
        var batch = Assert.Single(file.Batches);
        batch.Status = status;
        return batch;
    }

    /// <summary>What the webhook receiver answers to a batch's webhook.</summary>
    internal Task<int> SendWebhookAsync(FakeBatch batch, string secret = Secret, TimeSpan age = default) =>
        SendWebhookAsync(new WebhookMessage(
            $"batch.{batch.Status}", default, JsonSerializer.SerializeToElement(batch.Wire, WireJson.Default.Batch)), secret, age);

    /// <summary>What the webhook receiver answers to a message.</summary>
    public async Task<int> SendWebhookAsync(WebhookMessage message, string secret = Secret, TimeSpan age = default)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(message, WireJson.Default.WebhookMessage);
        var time = $"{(TimeProvider.System.GetUtcNow() - age).ToUnixTimeSeconds()}";
        byte[] signed = [.. Encoding.UTF8.GetBytes($"evt_1.{time}."), .. body];
        var request = RequestWith(body);
        request.Headers["webhook-id"] = "evt_1";
        request.Headers["webhook-timestamp"] = time;
        request.Headers["webhook-signature"] =
            $"v1,{Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(secret["whsec_".Length..]), signed))}";
        return Read<object>(await new WebhookFunction(
            Microsoft.Extensions.Options.Options.Create(Options), TimeProvider.System).ReceiveAsync(request, Durable, Cancellation)).Status;
    }

    internal static string BodyOf(FakeFile file) => $$"""{"file_id":"{{file.Id}}","endpoint":"/v1/text/classify","model":"spam"}""";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static HttpRequest RequestWith(string body) => RequestWith(Encoding.UTF8.GetBytes(body));

    private static HttpRequest RequestWith(byte[] body)
    {
        var request = new DefaultHttpContext().Request;
        request.ContentType = "application/json";
        request.Body = new MemoryStream(body);
        return request;
    }

    private static (int Status, T? Value) Read<T>(IResult result)
        where T : class =>
        (((IStatusCodeHttpResult)result).StatusCode ?? 200, (result as IValueHttpResult)?.Value as T);

    private void AddTwice<TInput, TOutput>(
        DurableTaskRegistry tasks, string name, Func<TInput, CancellationToken, Task<TOutput>> run) =>
        tasks.AddActivityFunc<TInput, TOutput>(name, async (context, input) =>
        {
            Called.Enqueue((context.InstanceId, name));
            await run(input!, CancellationToken.None);
            return await run(input!, CancellationToken.None);
        });
}
