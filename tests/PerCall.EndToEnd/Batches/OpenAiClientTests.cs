using System.Text.Json.Nodes;
using PerCall.EndToEnd.Charging;
using Xunit;

namespace PerCall.EndToEnd.Batches;

/// <summary>OpenAI's own client for Node.js, unchanged: <c>tools/openai-client</c>.</summary>
public sealed class OpenAiClientTests(Service service) : IAsyncLifetime
{
    private TestTenant _tenant = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _tenant = await TestTenant.CreateAsync(service);

    public ValueTask DisposeAsync()
    {
        _tenant.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Client_ThatOrdersABatch_GetsItsOutput()
    {
        var seen = await RunAsync("run", [.. Enumerable.Range(0, 12).Select(OpenAiClient.Row)]);

        Assert.Equal("completed", (string?)seen["batch"]!["status"]);
        Assert.Equal("""{"total":12,"completed":12,"failed":0}""", seen["batch"]!["request_counts"]!.ToJsonString());
        Assert.Equal("by a test", (string?)seen["batch"]!["metadata"]!["made"]);
        Assert.Equal(
            ((string?)seen["file"]!["id"], "batch", "rows.jsonl"),
            ((string?)seen["batch"]!["input_file_id"], (string)seen["file"]!["purpose"]!, (string)seen["file"]!["filename"]!));
        Assert.Null(seen["errors"]);
        var output = Lines(seen["output"]);
        Assert.Equal(Enumerable.Range(0, 12).Select(i => $"row-{i}"), output.Select(o => (string?)o["custom_id"]));
        Assert.All(
            output, o => Assert.Equal((200, "spam"), ((int)o["response"]!["status_code"]!, (string)o["response"]!["body"]!["model"]!)));
        Assert.Equal((1, 12 * TestTenant.RowPrice), await _tenant.ChargedForBatchesAsync(Cancellation));
    }

    [Fact]
    public async Task Client_WhoseFileHasABadLine_GetsAnErrorFile()
    {
        var seen = await RunAsync(
            "run",
            [OpenAiClient.Row(0), """{"custom_id": "cut", "meth""", OpenAiClient.Row(2).Replace(
                "/v1/text/classify", "/v1/chat/completions", StringComparison.Ordinal), OpenAiClient.Row(3)]);

        Assert.Equal("completed", (string?)seen["batch"]!["status"]);
        Assert.Equal("""{"total":4,"completed":2,"failed":2}""", seen["batch"]!["request_counts"]!.ToJsonString());
        Assert.NotNull(seen["batch"]!["error_file_id"]);
        Assert.Equal(["row-0", "row-3"], Lines(seen["output"]).Select(o => (string?)o["custom_id"]));
        var errors = Lines(seen["errors"]);
        Assert.Equal(["malformed_json", "wrong_url"], errors.Select(e => (string?)e["error"]!["code"]));
        Assert.Equal("row-2", (string?)errors[1]["custom_id"]);
    }

    [Fact]
    public async Task Client_ThatPagesThroughListsAndDeletes_FindsAllOnce()
    {
        var seen = await RunAsync("lists", [OpenAiClient.Row(0)]);

        var (files, batches) = (Texts(seen["files"]), Texts(seen["batches"]));
        Assert.Equal(files.Reverse(), Texts(seen["listed"]!["files"]));
        Assert.Equal(batches.Reverse(), Texts(seen["listed"]!["batches"]));
        Assert.Equal(files[0], (string?)seen["retrieved"]!["id"]);
        Assert.True((bool)seen["deleted"]!["deleted"]!);
        Assert.Equal(
            ("NotFoundError", 404, "file_not_found", "id"),
            ((string)seen["gone"]!["name"]!, (int)seen["gone"]!["status"]!, (string)seen["gone"]!["code"]!,
                (string)seen["gone"]!["param"]!));
        Assert.Equal([files[2], files[1]], Texts(seen["left"]));
    }

    [Fact]
    public async Task Client_ThatIsRefused_ReadsWhyOnEveryPath()
    {
        var seen = await RunAsync("refusals", [OpenAiClient.Row(0)]);

        (string Call, string Expected)[] expected =
        [
            ("model", "NotFoundError 404 model_not_found model invalid_request_error"),
            ("key", "AuthenticationError 401 invalid_key  authentication_error"),
            ("chat", "NotFoundError 404 no_large_model  invalid_request_error"),
            ("embeddings", "PermissionDeniedError 403 not_in_plan model permission_error"),
            ("method", "APIError 405 method_not_allowed  invalid_request_error"),
            ("type", "APIError 415 unsupported_content_type  invalid_request_error"),
            ("upload", "BadRequestError 400 unknown_member bytes invalid_request_error"),
            ("part", "NotFoundError 404 path_not_found  invalid_request_error"),
            ("file", "NotFoundError 404 file_not_found id invalid_request_error"),
            ("content", "NotFoundError 404 file_not_found id invalid_request_error"),
            ("batch", "NotFoundError 404 batch_not_found id invalid_request_error"),
            ("body", "APIError 413 body_too_large  invalid_request_error"),
        ];
        Assert.Equal(expected.Select(e => $"{e.Call}: {e.Expected}"), seen.AsObject().Select(s => $"{s.Key}: {Order(s.Value!)}"));
    }

    [Fact]
    public async Task Client_ThatSaysWhenFilesExpire_IsTaken()
    {
        var seen = await RunAsync("expiry", [OpenAiClient.Row(0)]);

        Assert.NotNull(seen["batch"]!["id"]);
        Assert.Equal([(string)seen["file"]!["id"]!], Texts(seen["listed"]));
    }

    private static string Order(JsonNode refusal) =>
        $"{refusal["name"]} {refusal["status"]} {refusal["code"]} {refusal["param"]} {refusal["type"]}";

    private static List<JsonNode> Lines(JsonNode? content) =>
        [.. ((string)content!).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!)];

    private static string[] Texts(JsonNode? array) => [.. array!.AsArray().Select(t => (string)t!)];

    private Task<JsonNode> RunAsync(string what, string[] rows) =>
        OpenAiClient.RunAsync(service.Process.Address, _tenant.Key.Key, what, rows);
}
