using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PerCall.EndToEnd.Charging;
using Xunit;

namespace PerCall.EndToEnd.HuggingFace;

/// <summary>What Hugging Face's client throws when a call is refused, and what repeated calls cost.</summary>
public sealed class HuggingFaceRefusalTests(Service service)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Refusals_OfACall_AreTheClientsErrorWithTheMessage()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        var stranger = Text("models/spam");
        stranger["key"] = "pc_live_0";
        (JsonObject Call, int Status, string Message)[] expected =
        [
            (Text("models/nothing"), 404, "Model 'nothing' not found"),
            (Text("models/spam/7"), 404, "has no version '7'"),
            (Text("models/distilbert/sst-2"), 404, "Model 'distilbert' not found"),
            (Text("pipeline/fill-mask/spam"), 404, "The task 'fill-mask' is not supported; allowed: text-classification, "),
            (Text("models/spam/pipeline/feature-extraction"), 404, "is for text-classification and zero-shot-classification, not for"),
            (Text("models/shop"), 404, "is for recommendation, which has no task of Hugging Face"),
            (Text("models/a/b/c"), 404, "Path not found"),
            (HuggingFaceClient.Call("textGeneration", "models/spam", """{"inputs": "a"}"""), 404, "Path not found"),
            (HuggingFaceClient.Call("textClassification", "models/spam", """{"input": "a"}"""), 400, "Unknown member 'input'; allowed: "),
            (HuggingFaceClient.Call("textClassification", "models/spam"), 400, "The body has no 'inputs'"),
            (Text("models/spam", """{"topk": 1}"""), 400, "Unknown member 'parameters.topk'; allowed in 'parameters': top_k, function_to"),
            (Text("models/spam", """{"top_k": 0}"""), 400, "'top_k' is 0; allowed: 1 to 1000."),
            (Text("models/spam", """{"function_to_apply": "sigmoid"}"""), 400, "declares softmax, and a call cannot change that"),
            (Text("models/spam", """{"function_to_apply": "relu"}"""), 400, "is 'relu'; allowed: sigmoid, softmax, none."),
            (Text("models/spam", """{"candidate_labels": ["a"]}"""), 400, "cannot classify by 'candidate_labels'"),
            (HuggingFaceClient.Call("featureExtraction", "models/spam", """{"inputs": "a", "normalize": true}"""), 400, "'normalize'"),
            (Text("models/fashion"), 400, "not valid base64"),
            (HuggingFaceClient.Picture("imageClassification", "models/spam", Service.Sample("digits", "digit-1.png")), 415, "reads JSON"),
            (stranger, 401, "Invalid API key."),
        ];

        var seen = await HuggingFaceClient.RunAsync(service.Process.Address, tenant.Key.Key, [.. expected.Select(e => e.Call)]);

        foreach (var ((call, status, message), answer) in expected.Zip(seen))
        {
            Assert.True(answer["error"] is not null, $"{call}: {answer}");
            var error = answer["error"]!;
            Assert.True((int?)error["status"] == status, $"{call}: {error}");
            Assert.Equal("ProviderApiError", (string?)error["name"]);
            Assert.StartsWith("Failed to perform inference: ", (string?)error["message"], StringComparison.Ordinal);
            Assert.Contains(message, (string?)error["message"], StringComparison.Ordinal);
            Assert.NotEmpty((string)error["requestId"]!);
            Assert.Equal("error", Assert.Single(error["body"]!.AsObject()).Key);
        }

        Assert.Equal((0, 0), await tenant.UsedAsync(Cancellation));
    }

    [Fact]
    public async Task Refusals_OfThePlan_AreTheClientsErrorWithTheMessage()
    {
        using var poor = await TestTenant.CreateAsync(service, TestTenant.Plan with { MonthlyBudget = 2 });
        using var slow = await TestTenant.CreateAsync(service, TestTenant.Plan with { RequestsPerMinute = 1 });
        using var other = await TestTenant.CreateAsync(
            service,
            TestTenant.Plan with { Prices = [new("images.classify", "fashion", "image", 5), new("infer", "spam", "input", 5)] });

        Assert.Equal((402, true), await RefusedAsync(poor, "models/spam", "budget"));
        Assert.Equal((403, true), await RefusedAsync(other, "models/spam", "does not include 'text.classify'"));
        // A model that the plan does not include is not told from one that does not exist.
        Assert.Equal((404, true), await RefusedAsync(other, "models/sentiment", "Model 'sentiment' not found"));
        Assert.Equal((404, true), await RefusedAsync(other, "models/nothing", "Model 'nothing' not found"));
        using (await slow.Http.GetAsync(new Uri("v1/models", UriKind.Relative), Cancellation))
        {
            Assert.Equal((429, true), await RefusedAsync(slow, "models/spam", "requests in any 60 seconds"));
        }

        async Task<(int? Status, bool HasMessage)> RefusedAsync(TestTenant tenant, string path, string message)
        {
            var seen = await HuggingFaceClient.RunAsync(service.Process.Address, tenant.Key.Key, Text(path));
            var error = Assert.Single(seen)["error"]!;
            return ((int?)error["status"], ((string)error["message"]!).Contains(message, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Call_RepeatedUnderItsKey_IsAnsweredAgainAndChargedOnce()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        var first = await PostAsync(tenant, "models/spam", """{"inputs": ["a", "b"]}""", "\"k\"");
        var second = await PostAsync(tenant, "models/spam", """{"inputs": ["a", "b"]}""", "\"k\"");

        Assert.Equal((200, first.Body), (second.Status, second.Body));
        Assert.Equal(2, JsonElement.Parse(first.Body).GetArrayLength());
        Assert.False(first.Headers.Contains("Idempotent-Replayed"));
        Assert.True(second.Headers.Contains("Idempotent-Replayed"));
        Assert.All(new[] { first, second }, a => Assert.Equal("3", a.Headers.GetValues("x-percall-cost").Single()));
        Assert.Equal((1, 3), await tenant.UsedAsync(Cancellation));
        Assert.Equal(422, (await PostAsync(tenant, "models/spam/1", """{"inputs": ["a", "b"]}""", "\"k\"")).Status);
    }

    [Fact]
    public async Task Call_AsOtherClientsSendIt_IsAnswered()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        var picture = Convert.ToBase64String(await File.ReadAllBytesAsync(Service.Sample("digits", "digit-7.png"), Cancellation));

        var labels = await PostAsync(
            tenant, "models/digits", $$$"""{"inputs": "{{{picture}}}", "parameters": {"top_k": 2, "function_to_apply": "softmax"}}""");
        var options = await PostAsync(
            tenant, "models/spam", """{"inputs": "a", "parameters": {}, "options": {"use_cache": true, "wait_for_model": true}}""");
        var plain = await PostAsync(tenant, "models/spam", "inputs=a", contentType: "application/x-www-form-urlencoded");

        Assert.Equal(200, labels.Status);
        Assert.Equal(2, JsonElement.Parse(labels.Body).GetArrayLength());
        Assert.Equal("7", JsonElement.Parse(labels.Body)[0].GetProperty("label").GetString());
        Assert.Equal(200, options.Status);
        Assert.Equal(2, JsonElement.Parse(options.Body)[0].GetArrayLength());
        Assert.Equal(415, plain.Status);
    }

    private static JsonObject Text(string path, string? parameters = null) => HuggingFaceClient.Call(
        "textClassification", path, $$"""{"inputs": "a"{{(parameters is null ? "" : $", \"parameters\": {parameters}")}}}""");

    private static async Task<(int Status, string Body, HttpResponseHeaders Headers)> PostAsync(
        TestTenant tenant, string path, string body, string? key = null, string contentType = "application/json")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        request.Content = new StringContent(body, Encoding.UTF8, contentType);
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        using var response = await tenant.Http.SendAsync(request, Cancellation);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(Cancellation), response.Headers);
    }
}
