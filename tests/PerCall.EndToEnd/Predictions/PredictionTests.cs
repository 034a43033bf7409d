using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Azure.Storage.Queues;
using PerCall.Client;
using PerCall.Client.Wire;
using PerCall.EndToEnd.Charging;
using PerCall.Testing;
using Xunit;

namespace PerCall.EndToEnd.Predictions;

public sealed class PredictionTests(Service service)
{
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A task, a model, an input, the single call of both as path and body, and what it costs.</summary>
    public static TheoryData<string, string, string, string, long> Tasks => new()
    {
        { "text-classification", "spam", "\"Your parcel is on its way.\"", "v1/text/classify", 3 },
        { "text-classification", "spam", "[\"Your parcel is on its way.\", \"You have WON\"]", "v1/text/classify", 3 },
        { "text-classification", "spam/production", "{\"input\": \"Your parcel\", \"top_k\": 1}", "v1/text/classify", 3 },
        { "image-classification", "digits", Digit, "v1/images/classify", 7 },
        { "image-classification", "digits", $"{{\"image\": {Digit}, \"top_k\": 2}}", "v1/images/classify", 7 },
        { "recommendation", "shop", "{\"user\": \"customer-0001\", \"n\": 3}", "v1/recommend", 2 },
    };

    private static string Digit => $"\"{Convert.ToBase64String(File.ReadAllBytes(Service.Sample("digits", "digit-7.png")))}\"";

    [Theory]
    [MemberData(nameof(Tasks))]
    public async Task Post_WithWait_AnswersAndCostsWhatTheSingleCallDoes(string task, string model, string input, string path, long cost)
    {
        using var tenant = await TestTenant.CreateAsync(service);

        using var response = await SendAsync(tenant.Http, Body(task, model, input), ("Prefer", "respond-async, wait=60"));
        var prediction = await ReadAsync(response, HttpStatusCode.OK);

        Assert.Equal(("succeeded", task, $"{model.Split('/')[0]}/1"), (prediction.Status, prediction.Task, prediction.Model));
        Assert.Equal("wait=60", response.Headers.GetValues("Preference-Applied").Single());
        Assert.Equal($"{cost}", response.Headers.GetValues("x-percall-cost").Single());
        Assert.Equal($"/v1/predictions/{prediction.Id}", response.Headers.Location!.OriginalString);
        Assert.Equal(prediction.Id, prediction.Output!.Value.GetProperty("id").GetString());
        Assert.Equal(await SingleAsync(tenant, path, model, input), Without(JsonNode.Parse(prediction.Output.Value.GetRawText())!, "id"));
        var charge = Assert.Single(await tenant.ChargesAsync(Cancellation), c => c.Id == prediction.Id);
        Assert.Equal(cost, charge.Charge);
        // And again, which costs nothing.
        Assert.Equal(
            prediction.Output.Value.GetRawText(),
            (await tenant.Client.GetPredictionAsync(prediction.Id, Cancellation)).Output!.Value.GetRawText());
        Assert.Equal((2, 2 * cost), await tenant.UsedAsync(Cancellation));
    }

    [Fact]
    public async Task Post_WithoutWait_IsTakenInAndEndsLater()
    {
        using var tenant = await TestTenant.CreateAsync(service);

        using var response = await SendAsync(tenant.Http, Body("text-classification", "spam", "\"one\""));
        var taken = await ReadAsync(response, HttpStatusCode.Accepted);
        Assert.Equal(
            ("1", $"/v1/predictions/{taken.Id}", "0"),
            (response.Headers.RetryAfter!.ToString(), response.Headers.Location!.OriginalString,
                response.Headers.GetValues("x-percall-cost").Single()));
        Assert.Equal(($"/v1/predictions/{taken.Id}", $"/v1/predictions/{taken.Id}/cancel"), (taken.Urls.Get, taken.Urls.Cancel));
        Assert.Contains(taken.Status, new[] { "queued", "processing", "succeeded" });
        var later = await tenant.Client.CreatePredictionAsync(
            Request("text-classification", "spam", "\"two\""), cancellation: Cancellation);

        Assert.Equal("succeeded", (await EndedAsync(tenant.Client, taken.Id)).Status);
        Assert.Equal("succeeded", (await EndedAsync(tenant.Client, later.Id)).Status);
        var first = await tenant.Client.ListPredictionsAsync(limit: 1, cancellation: Cancellation);
        var second = await tenant.Client.ListPredictionsAsync(first.Data.Single().Id, cancellation: Cancellation);
        Assert.Equal([later.Id, taken.Id], first.Data.Concat(second.Data).Select(p => p.Id));
        Assert.Equal((true, false), (first.HasMore, second.HasMore));
        Assert.All(first.Data, p => Assert.Null(p.Output));
    }

    [Theory]
    [InlineData("""{"model": "spam", "input": "x"}""", 400, "invalid_task", "task")]
    [InlineData("""{"task": "translation", "model": "spam", "input": "x"}""", 400, "invalid_task", "task")]
    [InlineData("""{"task": "text-classification", "input": "x"}""", 400, "missing_model", "model")]
    [InlineData("""{"task": "text-classification", "model": "spam"}""", 400, "missing_input", "input")]
    [InlineData("""{"task": "text-classification", "model": "spam", "input": null}""", 400, "missing_input", "input")]
    [InlineData("""{"task": "text-classification", "model": "spam", "input": [1]}""", 400, "malformed_json", "input")]
    [InlineData("""{"task": "text-classification", "model": "spam", "input": {"input": "x", "top_k": 0}}""", 400, "invalid_top_k", "top_k")]
    [InlineData("""{"task": "image-classification", "model": "digits", "input": "!"}""", 400, "malformed_base64", "image")]
    [InlineData("""{"task": "recommendation", "model": "shop", "input": "customer-1"}""", 400, "invalid_input", "input")]
    [InlineData("""{"task": "recommendation", "model": "shop", "input": {"n": 0}}""", 400, "invalid_n", "n")]
    [InlineData(
        """{"task": "text-classification", "model": "spam", "input": "x", "webhook": "http://hooks.example.com/"}""", 400,
        "invalid_webhook", "webhook")]
    [InlineData(
        """{"task": "text-classification", "model": "spam", "input": "x", "webhook": "https://169.254.169.254/"}""", 400, "invalid_webhook",
        "webhook")]
    [InlineData("""{"task": "text-classification", "model": "nothing", "input": "x"}""", 404, "model_not_found", "model")]
    [InlineData("""{"task": "text-classification", "model": "spam/9", "input": "x"}""", 404, "version_not_found", "model")]
    [InlineData("""{"task": "text-classification", "model": "digits", "input": "x"}""", 404, "wrong_task", "model")]
    [InlineData("""{"task": """, 400, "malformed_json", "task")]
    public async Task Post_WhatCannotBeRun_IsRefusedAtOnce(string body, int status, string code, string param)
    {
        using var response = await SendAsync(service.Http, body);

        await Problems.AssertAsync(response, status, code, param);
    }

    [Fact]
    public async Task Post_WhatThePlanDoesNotCover_IsRefusedAtOnce()
    {
        using var poor = await TestTenant.CreateAsync(service, TestTenant.Plan with { MonthlyBudget = 2 });
        using var narrow = await TestTenant.CreateAsync(
            service, new() { Currency = "EUR", Prices = [new("images.classify", "*", "image", 7)] });
        var body = Body("text-classification", "spam", "\"x\"");

        await Problems.AssertAsync(await SendAsync(poor.Http, body), 402, "budget_spent", null);
        await Problems.AssertAsync(await SendAsync(narrow.Http, body), 403, "not_in_plan", "model");

        Assert.Empty((await poor.Client.ListPredictionsAsync(cancellation: Cancellation)).Data);
    }

    [Fact]
    public async Task Post_MoreThanTheBudgetCovers_FailsThoseThatComeTooLateUncharged()
    {
        using var tenant = await TestTenant.CreateAsync(service, TestTenant.Plan with { MonthlyBudget = 3 * 4 });
        var ids = new List<string>();
        for (var i = 0; i < 8; i++)
        {
            try
            {
                ids.Add(
                    (await tenant.Client.CreatePredictionAsync(
                        Request("text-classification", "spam", "\"x\""), cancellation: Cancellation)).Id);
            }
            catch (PerCallException e) when (e.Status == HttpStatusCode.PaymentRequired)
            {
                break;
            }
        }

        var ended = await Task.WhenAll(ids.Select(id => EndedAsync(tenant.Client, id)));

        Assert.All(ended.Where(p => p.Status != "succeeded"), p => Assert.Equal(("failed", "budget_spent"), (p.Status, p.Error!.Code)));
        Assert.Equal(
            ended.Where(p => p.Status == "succeeded").Select(p => p.Id).Order(),
            (await tenant.ChargesAsync(Cancellation)).Select(c => c.Id).Order());
        Assert.InRange((await tenant.UsedAsync(Cancellation)).Paid, 0, 12);
    }

    [Fact]
    public async Task Post_InputThatTheModelCannotRead_FailsWithItsReasonUncharged()
    {
        using var tenant = await TestTenant.CreateAsync(service);

        var prediction = await tenant.Client.CreatePredictionAsync(
            Request("image-classification", "digits", $"\"{Convert.ToBase64String("no picture"u8)}\""), Wait, cancellation: Cancellation);

        Assert.Equal(("failed", "not_an_image"), (prediction.Status, prediction.Error!.Code));
        Assert.NotNull(prediction.CompletedAt);
        Assert.Null(prediction.Output);
        Assert.Empty(await tenant.ChargesAsync(Cancellation));
    }

    [Fact]
    public async Task Post_LongOutput_ComesWhole()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        var texts = JsonSerializer.Serialize(Enumerable.Range(0, 256).Select(i => $"text {i} {new string('x', 200)}"));

        var prediction = await tenant.Client.CreatePredictionAsync(
            Request("text-classification", "sentiment", $"{{\"input\": {texts}, \"top_k\": 1000}}"), Wait, cancellation: Cancellation);

        Assert.Equal(256, prediction.Output!.Value.GetProperty("results").GetArrayLength());
        Assert.Equal(
            prediction.Output.Value.GetRawText(),
            (await tenant.Client.GetPredictionAsync(prediction.Id, Cancellation)).Output!.Value.GetRawText());
    }

    [Fact]
    public async Task Post_AgainUnderItsKey_IsTheSamePrediction()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        var body = Body("text-classification", "spam", "\"x\"");
        const string key = "\"one\"";

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(async _ =>
        {
            using var response = await SendAsync(tenant.Http, body, ("Idempotency-Key", key));
            return ((await ReadAsync(response, HttpStatusCode.Accepted)).Id, Replayed: response.Headers.Contains("Idempotent-Replayed"));
        }));
        var id = Assert.Single(answers.Select(a => a.Id).Distinct());
        Assert.Single(answers, a => !a.Replayed);
        await EndedAsync(tenant.Client, id);
        var again = await tenant.Client.CreatePredictionAsync(
            JsonSerializer.Deserialize(body, WireJson.Default.CreatePredictionRequest)!, Wait, "two", Cancellation);

        Assert.NotEqual(id, again.Id);
        Assert.Equal(2, (await tenant.ChargesAsync(Cancellation)).Count);
        using var reused = await SendAsync(tenant.Http, Body("text-classification", "spam", "\"y\""), ("Idempotency-Key", key));
        await Problems.AssertAsync(reused, 422, "idempotency_key_reused", "Idempotency-Key");
    }

    [Fact]
    public async Task Message_DeliveredManyTimes_RunsAndChargesOnce()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        var queue = new QueueClient(
            service.Azurite.ConnectionString, "work", new() { MessageEncoding = QueueMessageEncoding.Base64 });
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            var taken = await tenant.Client.CreatePredictionAsync(
                Request("text-classification", "spam", "\"x\""), cancellation: Cancellation);
            ids.Add(taken.Id);
            for (var copy = 0; copy < 4; copy++)
            {
                await queue.SendMessageAsync(MessageOf(tenant, taken.Id), Cancellation);
            }
        }

        await Task.WhenAll(ids.Select(id => EndedAsync(tenant.Client, id)));
        await Eventually.HoldsAsync(
            async () => !(await queue.PeekMessagesAsync(32, Cancellation)).Value.Any(
                m => m.Body.ToString().Contains(tenant.Account, StringComparison.Ordinal)),
            "all copies are received", service.Process);
        // It is received after the copies, so most of them have ended before it.
        ids.Add((await tenant.Client.CreatePredictionAsync(
            Request("text-classification", "spam", "\"x\""), Wait, cancellation: Cancellation)).Id);

        Assert.Equal(ids.Order(), (await tenant.ChargesAsync(Cancellation)).Select(c => c.Id).Order());
    }

    [Fact]
    public async Task Message_GivenUpAfterTheEnd_ChangesNothing()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        var taken = await tenant.Client.CreatePredictionAsync(
            Request("text-classification", "spam", "\"x\""), Wait, cancellation: Cancellation);
        var poison = new QueueClient(
            service.Azurite.ConnectionString, "work-poison", new() { MessageEncoding = QueueMessageEncoding.Base64 });

        await poison.SendMessageAsync(MessageOf(tenant, taken.Id), Cancellation);
        await Eventually.HoldsAsync(
            async () =>
                (await poison.GetPropertiesAsync(Cancellation)).Value.ApproximateMessagesCount == 0, "the message is worked on",
                service.Process);

        Assert.Equal("succeeded", (await tenant.Client.GetPredictionAsync(taken.Id, Cancellation)).Status);
    }

    [Fact]
    public async Task Prediction_OfAnotherTenant_IsNotThere()
    {
        using var tenant = await TestTenant.CreateAsync(service);
        var other = await service.Client.CreatePredictionAsync(Request("text-classification", "spam", "\"x\""), cancellation: Cancellation);

        foreach (var call in new Func<Task>[] { () => tenant.Client.GetPredictionAsync(other.Id, Cancellation),
            () => tenant.Client.CancelPredictionAsync(other.Id, Cancellation) })
        {
            var refusal = await Assert.ThrowsAsync<PerCallException>(call);
            Assert.Equal((HttpStatusCode.NotFound, "prediction_not_found"), (refusal.Status, refusal.Problem!.Code));
        }
    }

    private static string MessageOf(TestTenant tenant, string prediction) =>
        $$$"""{"kind":"prediction","body":{"Account":"{{{tenant.Account}}}","Item":"{{{prediction}}}"}}""";

    private static string Body(string task, string model, string input) =>
        $$"""{"task": "{{task}}", "model": "{{model}}", "input": {{input}}}""";

    internal static CreatePredictionRequest Request(string task, string model, string input) =>
        new() { Task = task, Model = model, Input = JsonElement.Parse(input) };

    internal static async Task<Prediction> EndedAsync(PerCallClient client, string id, params ServiceProcess[] services)
    {
        Prediction? ended = null;
        await Eventually.HoldsAsync(
            async () => (ended = await client.GetPredictionAsync(id, Cancellation)).CompletedAt is not null, $"{id} ends", services);
        return ended!;
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient http, string body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post, "v1/predictions")
        { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await http.SendAsync(request, Cancellation);
    }

    private static async Task<Prediction> ReadAsync(HttpResponseMessage response, HttpStatusCode status)
    {
        var text = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(response.StatusCode == status, text);
        return JsonSerializer.Deserialize(text, WireJson.Default.Prediction)!;
    }

    private static async Task<string> SingleAsync(TestTenant tenant, string path, string model, string input)
    {
        var body = JsonNode.Parse(input)! as JsonObject ?? new JsonObject
        {
            [path.Contains(
            "text", StringComparison.Ordinal) ? "input" : "image"] = JsonNode.Parse(input)
        };
        body["model"] = model;
        using var response = await tenant.Http.PostAsync(
            new Uri(path, UriKind.Relative), new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"), Cancellation);
        return Without(JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancellation))!, "id");
    }

    private static string Without(JsonNode json, string member)
    {
        json.AsObject().Remove(member);
        return json.ToJsonString();
    }
}
