using System.Text;
using System.Text.Json.Nodes;
using PerCall.Functions.Batches.Calls;
using PerCall.Functions.Batches.Jobs;
using PerCall.Functions.Batches.Shards;
using PerCall.Functions.Requests;
using PerCall.LargeModels;
using PerCall.Testing;
using PerCall.Testing.Batches;
using Xunit;

namespace PerCall.Functions.Tests.Batches.Calls;

/// <summary>Batches of calls on large models, from the order to the end.</summary>
[Collection(BatchQueues.Name)]
public sealed class CallJobTests(AzuriteFixture azurite)
{
    private static readonly (string, string) FewRows = ("PerCall:Batches:ShardRows", "6");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_SeveralShards_DeliversInOrderAndChargesEachTokenOnce()
    {
        var provider = new FakeProvider();
        await using var instance = await CallBed.InstanceAsync(azurite, provider, FewRows);
        var bed = await CallBed.CreateAsync(azurite, instance);
        var texts = CallBed.Texts(40);
        var job = await bed.OrderAsync(instance, texts.Select((t, i) => CallBed.Row(t, $"row-{i}")));

        Assert.Null(await instance.RunAsync(bed.Account, job.Id));

        var ended = await bed.ReadAsync(instance, job.Id);
        Assert.Equal((JobEnding.Completed, 40, 0), (ended.Ending, (int)ended.Result!.Rows.Delivered, (int)ended.Result.Rows.Failed));
        Assert.True(ended.Plan!.Shards > 3, $"{ended.Plan.Shards} shards");
        var output = await CallBed.LinesAsync(instance, ended, ResultFile.Output);
        Assert.Equal(Enumerable.Range(0, 40).Select(i => $"row-{i}"), output.Select(o => (string?)o["custom_id"]));
        Assert.Equal(texts.Select(t => $"You said: {t}"), output.Select(CallBed.ContentOf));
        Assert.All(output, o => Assert.Equal((200, true), ((int)o["response"]!["status_code"]!, o["error"] is null)));
        Assert.Equal(texts.Order(), provider.Sent.Order());
        await bed.RequireChargedAsync(instance, ended, texts);
        Assert.Equal(0, await bed.LeftAsync());
    }

    [Fact]
    public async Task Run_AnswersArriveInAnotherOrder_WritesRowsInTheirs()
    {
        var last = new TaskCompletionSource();
        var texts = CallBed.Texts(4);
        var provider = new FakeProvider
        {
            Before = async (text, cancellation) =>
            {
                if (text == texts[0])
                {
                    await last.Task.WaitAsync(cancellation);
                }
                else if (text == texts[^1])
                {
                    last.SetResult();
                }
            },
        };
        await using var instance = await CallBed.InstanceAsync(azurite, provider, ("PerCall:Batches:ShardRows", "100"));
        var bed = await CallBed.CreateAsync(azurite, instance);
        var job = await bed.OrderAsync(instance, texts.Select((t, i) => CallBed.Row(t, $"row-{i}")));

        Assert.Null(await instance.RunAsync(bed.Account, job.Id));

        var output = await CallBed.LinesAsync(instance, await bed.ReadAsync(instance, job.Id), ResultFile.Output);
        Assert.Equal(texts.Select(t => $"You said: {t}"), output.Select(CallBed.ContentOf));
        Assert.NotEqual(texts[0], provider.Answered.First());
    }

    [Fact]
    public async Task Run_FileOfSeveralParts_ReservesExactlyTheSumOfItsRows()
    {
        var provider = new FakeProvider();
        (string, string) context = ("PerCall:OpenAI:Models:small-talk:ContextTokens", "1000000");
        await using var instance = await CallBed.InstanceAsync(azurite, provider, context);
        var bed = await CallBed.CreateAsync(azurite, instance, budget: null);
        string[] rows =
        [
            .. Enumerable.Range(0, 60).Select(i => CallBed.Row(new string('x', 200_000 + (i * 1000)), $"row-{i}")),
            CallBed.Row("streamed", "stream", more: new { stream = true }),
        ];
        var job = await bed.OrderAsync(instance, rows);

        Assert.Null(await instance.RunAsync(bed.Account, job.Id));

        var ended = await bed.ReadAsync(instance, job.Id);
        var reader = instance.Get<CallModels>().ReaderOf(ended.Plan!);
        var sum = rows.Take(60)
            .Select(r => ((CallInput)reader.Read(Encoding.UTF8.GetBytes(JsonNode.Parse(r)!["body"]!.ToJsonString()))).Bounds)
            .Aggregate(default(CallBounds), (all, one) => all + one);
        Assert.Equal((sum, 60), (ended.Plan!.Calls!.Bounds, (int)ended.Result!.Rows.Delivered));
        Assert.Equal(sum.PromptBound + sum.OutputBound, ended.Hold!.Units);
    }

    [Fact]
    public async Task Run_CallsWait_BatchesOfTextsGoOn()
    {
        var gate = new TaskCompletionSource();
        var provider = new FakeProvider { Before = (_, cancellation) => gate.Task.WaitAsync(cancellation) };
        await using var instance = await CallBed.InstanceAsync(azurite, provider, ("PerCall:Batches:Threads", "1"), FewRows);
        var (calls, texts) = (await CallBed.CreateAsync(azurite, instance), await BatchBed.CreateAsync(azurite, instance));
        var waiting = await calls.OrderAsync(instance, CallBed.Texts(30).Select((t, i) => CallBed.Row(t, $"row-{i}")));
        var run = instance.RunAsync(calls.Account, waiting.Id);
        await Eventually.HoldsAsync(() => Task.FromResult(provider.Running > 1), "calls are waiting for the provider");

        var input = BatchInput.Draw(20, 5);
        var job = await texts.OrderAsync(instance, input.Content);
        Assert.Null(await instance.RunAsync(texts.Account, job.Id, worksOnCalls: false));

        Assert.Empty(await texts.FaultsAsync(instance, job.Id, input));
        Assert.False(run.IsCompleted);
        gate.SetResult();
        Assert.Null(await run);
        Assert.Equal(30, (await calls.ReadAsync(instance, waiting.Id)).Result!.Rows.Delivered);
    }

    [Fact]
    public async Task Run_MessageIsDeliveredTwice_SendsEachCallOnce()
    {
        var gate = new TaskCompletionSource();
        var provider = new FakeProvider { Before = (_, cancellation) => gate.Task.WaitAsync(cancellation) };
        // These instances send no heartbeats. With a hurried clock, the first one would count as dead after a second.
        await using var instance = await CallBed.UnhurriedAsync(azurite, provider, ("PerCall:Batches:PresenceInterval", "00:00:15"));
        await using var other = CallBed.Beside(instance, provider, ("PerCall:Batches:PresenceInterval", "00:00:15"));
        var bed = await CallBed.CreateAsync(azurite, instance);
        var job = await bed.OrderAsync(instance, CallBed.Texts(3).Select((t, i) => CallBed.Row(t, $"row-{i}")));
        var run = instance.RunAsync(bed.Account, job.Id);
        await Eventually.HoldsAsync(() => Task.FromResult(provider.Running == 3), "the calls are running");
        var cut = (await instance.Get<ShardCuts>().ReadAsync(await bed.ReadAsync(instance, job.Id), 0, 1, Cancellation))[0];
        var message = new ShardMessage { Account = bed.Account, Job = job.Id, Shard = 0, Calls = true, Cut = cut };

        await other.Get<CallRunner>().RunAsync(message, received: 2, Cancellation);

        Assert.Equal(3, provider.Sent.Count);
        gate.SetResult();
        Assert.Null(await run);
        await bed.RequireChargedAsync(instance, await bed.ReadAsync(instance, job.Id), CallBed.Texts(3));
        Assert.Equal(3, provider.Sent.Count);
    }

    /// <summary>The instance that had the shard is dead, and the shard was given out again, twice.</summary>
    [Fact]
    public async Task Run_MessagesWaitedForADeadInstance_OneOfThemRunsAfterItsTime()
    {
        var provider = new FakeProvider();
        await using var instance = await CallBed.UnhurriedAsync(azurite, provider, ("PerCall:Batches:PresenceInterval", "00:00:15"));
        await using var dead = CallBed.Beside(instance, provider, ("PerCall:Batches:PresenceInterval", "00:00:15"));
        var bed = await CallBed.CreateAsync(azurite, instance);
        var order = await bed.OrderAsync(instance, CallBed.Texts(3).Select((t, i) => CallBed.Row(t, $"row-{i}")));
        var job = await bed.StepUntilAsync(instance, order.Id, j => j.Progress.Dispatched == 1);
        using var held = dead.Get<ShardPresence>().Hold(job.Id, 0);
        await dead.Get<ShardPresence>().PublishAsync(Cancellation);
        var cut = (await instance.Get<ShardCuts>().ReadAsync(job, 0, 1, Cancellation))[0];
        var message = new ShardMessage { Account = bed.Account, Job = job.Id, Shard = 0, Calls = true, Cut = cut, Tries = 1 };
        var presence = instance.Get<ShardPresence>();

        await Task.WhenAll(RunAsync(), RunAsync());
        Assert.Empty(provider.Sent);
        // The messages come back after this time at the earliest. Until then they do not count as holding the shard.
        instance.Time.Set(instance.Time.GetUtcNow() + presence.Patience);
        await Task.WhenAll(RunAsync(), RunAsync());

        Assert.Equal(3, provider.Sent.Count);
        Assert.True(await instance.Get<ShardTable>().IsDoneAsync(job.Id, 0, Cancellation));

        Task RunAsync() => instance.Get<CallRunner>().RunAsync(message, received: 1, Cancellation);
    }

    [Fact]
    public async Task Run_RowsThatCannotBeSent_FailAloneAndCostNothing()
    {
        var provider = new FakeProvider
        {
            Before = (text, _) => text == "refused"
                ? throw new LargeModelRefusedException(400, "content_filter", "The content is filtered.", "messages")
                : Task.CompletedTask,
        };
        await using var instance = await CallBed.InstanceAsync(azurite, provider);
        var bed = await CallBed.CreateAsync(azurite, instance);
        var job = await bed.OrderAsync(
            instance,
            [
                CallBed.Row("first", "ok-1"),
                CallBed.Row("streamed", "stream", more: new { stream = true }),
                CallBed.Row("elsewhere", "model", model: "vectors"),
                CallBed.Row("elsewhere", "url", url: "/v1/embeddings"),
                CallBed.Row("refused", "refused"),
                """{"custom_id": "empty", "body": {"model": "small-talk", "messages": []}}""",
                """{"custom_id": "cut", "meth""",
                CallBed.Row("last", "ok-2"),
            ]);

        Assert.Null(await instance.RunAsync(bed.Account, job.Id));

        var ended = await bed.ReadAsync(instance, job.Id);
        Assert.Equal((2, 6), ((int)ended.Result!.Rows.Delivered, (int)ended.Result.Rows.Failed));
        var errors = await CallBed.LinesAsync(instance, ended, ResultFile.Errors);
        Assert.Equal(
            ["stream: stream_in_batch stream", "model: other_model model", "url: wrong_url url", "refused: content_filter messages"],
            errors.Take(4).Select(e => $"{e["custom_id"]}: {e["error"]!["code"]} {e["error"]!["param"]}"));
        Assert.Equal("malformed_json", (string?)errors[5]["error"]!["code"]);
        Assert.All(errors, e => Assert.Null(e["response"]));
        Assert.Equal(["first", "last", "refused"], provider.Sent.Order());
        await bed.RequireChargedAsync(instance, ended, ["first", "last"]);
    }

    [Fact]
    public async Task Run_ProviderReportsNoUsage_ChargesWhatIsCounted()
    {
        var provider = new FakeProvider { Change = (_, answer) => answer.Remove("usage") };
        await using var instance = await CallBed.InstanceAsync(azurite, provider);
        var bed = await CallBed.CreateAsync(azurite, instance);
        var job = await bed.OrderAsync(instance, CallBed.Texts(3).Select((t, i) => CallBed.Row(t, $"row-{i}")));

        Assert.Null(await instance.RunAsync(bed.Account, job.Id));

        var ended = await bed.ReadAsync(instance, job.Id);
        var tokens = ended.Result!.Rows.Tokens;
        Assert.Equal((3, 0), (tokens.Counted, tokens.CachedIn));
        Assert.Equal(ended.Plan!.Calls!.Bounds.PromptTokens, tokens.In);
        Assert.InRange(tokens.Out, 3, ended.Plan.Calls.Bounds.OutputBound);
        Assert.All(await bed.ChargesAsync(job.Id), c => Assert.Equal("counted", CallBed.DataOf(c, "basis")));
    }

    [Fact]
    public async Task Run_PlanRedacts_PersonalDataDoesNotLeaveAndIsInTheOutput()
    {
        var provider = new FakeProvider();
        await using var instance = await CallBed.InstanceAsync(azurite, provider);
        var bed = await CallBed.CreateAsync(azurite, instance, redact: true);
        var job = await bed.OrderAsync(instance, [CallBed.Row("Write to jane.doe@example.org today.", "a")]);

        Assert.Null(await instance.RunAsync(bed.Account, job.Id));

        Assert.DoesNotContain("jane.doe", Assert.Single(provider.Sent), StringComparison.Ordinal);
        var output = await CallBed.LinesAsync(instance, await bed.ReadAsync(instance, job.Id), ResultFile.Output);
        Assert.Equal("You said: Write to jane.doe@example.org today.", CallBed.ContentOf(Assert.Single(output)));
    }

    [Fact]
    public async Task Run_Embeddings_ChargesPrompts()
    {
        var provider = new FakeProvider();
        await using var instance = await CallBed.InstanceAsync(azurite, provider);
        var bed = await CallBed.CreateAsync(azurite, instance);
        var job = await bed.OrderAsync(
            instance,
            [CallBed.Row("a river", "a", "/v1/embeddings", "vectors"), CallBed.Row("a lake", "b", "/v1/embeddings", "vectors")],
            "/v1/embeddings");

        Assert.Null(await instance.RunAsync(bed.Account, job.Id));

        var ended = await bed.ReadAsync(instance, job.Id);
        var output = await CallBed.LinesAsync(instance, ended, ResultFile.Output);
        Assert.Equal([7, 6], output.Select(o => (int)o["response"]!["body"]!["data"]![0]!["embedding"]![1]!));
        var charge = Assert.Single(await bed.ChargesAsync(job.Id));
        Assert.Equal((6, 6 * CallBed.InPrice), (charge.Units, charge.Charge));
    }

    [Fact]
    public async Task Run_PlanRedacts_SendsPlaceholdersAndDeliversValues()
    {
        var provider = new FakeProvider();
        await using var instance = await CallBed.InstanceAsync(azurite, provider);
        var bed = await CallBed.CreateAsync(azurite, instance, redact: true);
        string[] texts = ["Write to jane.doe@example.com", "no value", "joe@example.com or jane.doe@example.com"];
        string[] sent = ["Write to [EMAIL_1]", "no value", "[EMAIL_1] or [EMAIL_2]"];
        var job = await bed.OrderAsync(instance, texts.Select((t, i) => CallBed.Row(t, $"row-{i}")));

        Assert.Null(await instance.RunAsync(bed.Account, job.Id));

        Assert.Equal(sent.Order(), provider.Sent.Order());
        var ended = await bed.ReadAsync(instance, job.Id);
        var output = await CallBed.LinesAsync(instance, ended, ResultFile.Output);
        Assert.Equal(texts.Select(t => $"You said: {t}"), output.Select(CallBed.ContentOf));
        // What is counted and reserved is what is sent.
        var reader = instance.Get<CallModels>().ReaderOf(ended.Plan! with { Redact = false });
        Assert.Equal(
            sent.Sum(s => ((CallInput)reader.Read(Encoding.UTF8.GetBytes(
                JsonNode.Parse(CallBed.Row(s, "a"))!["body"]!.ToJsonString()))).Bounds.PromptTokens),
            ended.Plan!.Calls!.Bounds.PromptTokens);
        await bed.RequireChargedAsync(instance, ended, sent);
    }

    [Fact]
    public async Task Run_PlanRedacts_EmbeddingsOfTokensFailAlone()
    {
        var provider = new FakeProvider();
        await using var instance = await CallBed.InstanceAsync(azurite, provider);
        var bed = await CallBed.CreateAsync(azurite, instance, redact: true);
        const string Endpoint = "/v1/embeddings";
        var job = await bed.OrderAsync(
            instance,
            [
                CallBed.Row("jane.doe@example.com", "text", Endpoint, "vectors"),
                CallBed.Row("", "tokens", Endpoint, "vectors", new { input = new[] { 1, 2 } }),
                CallBed.Row("", "lists", Endpoint, "vectors", new { input = new[] { new[] { 1 }, [2] } }),
            ],
            Endpoint);

        Assert.Null(await instance.RunAsync(bed.Account, job.Id));

        var ended = await bed.ReadAsync(instance, job.Id);
        Assert.Equal((1, 2), ((int)ended.Result!.Rows.Delivered, (int)ended.Result.Rows.Failed));
        Assert.Equal("[EMAIL_1]", Assert.Single(provider.Sent));
        Assert.Equal(
            ["tokens: tokens_not_redactable input", "lists: tokens_not_redactable input"],
            (await CallBed.LinesAsync(instance, ended, ResultFile.Errors))
                .Select(e => $"{e["custom_id"]}: {e["error"]!["code"]} {e["error"]!["param"]}"));
    }

    [Fact]
    public async Task Run_PlanRedactsNoLonger_AcceptedBatchStillDoes()
    {
        var provider = new FakeProvider();
        await using var instance = await CallBed.InstanceAsync(azurite, provider);
        var bed = await CallBed.CreateAsync(azurite, instance, redact: true);
        var job = await bed.OrderAsync(instance, [CallBed.Row("jane.doe@example.com", "a")]);
        await bed.ChangePlanAsync(instance, redact: false);
        var later = await bed.OrderAsync(instance, [CallBed.Row("joe@example.com", "a")]);

        Assert.Null(await instance.RunAsync(bed.Account, job.Id));
        Assert.Null(await instance.RunAsync(bed.Account, later.Id));

        Assert.Equal(["[EMAIL_1]", "joe@example.com"], provider.Sent.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Run_ProviderIsBusy_WaitsAndSendsNoAnsweredRowAgain()
    {
        var provider = new FakeProvider();
        var refusals = 0;
        provider.Before = (text, _) => provider.Answered.Count >= 5 && Interlocked.Increment(ref refusals) <= 12
            ? throw new LargeModelRefusedException(429, "provider_rate_limited", "Busy.") { RetryAfter = TimeSpan.FromSeconds(8) }
            : Task.CompletedTask;
        await using var instance = await CallBed.InstanceAsync(azurite, provider, ("PerCall:Batches:CallPatience", "00:00:01"));
        var bed = await CallBed.CreateAsync(azurite, instance);
        var texts = CallBed.Texts(20);
        var job = await bed.OrderAsync(instance, texts.Select((t, i) => CallBed.Row(t, $"row-{i}")));

        Assert.Null(await instance.RunAsync(bed.Account, job.Id));

        var ended = await bed.ReadAsync(instance, job.Id);
        Assert.Equal((20, 0), ((int)ended.Result!.Rows.Delivered, (int)ended.Result.Rows.Failed));
        Assert.Equal(texts.Order(), provider.Answered.Order());
        await bed.RequireChargedAsync(instance, ended, texts);
        Assert.Equal(0, await bed.LeftAsync());
    }

    [Fact]
    public async Task Run_RowThatNoDeploymentAnswers_FailsWhenOthersSucceed()
    {
        var provider = new FakeProvider
        {
            Before = (text, _) => text == "poison"
                ? throw new LargeModelRefusedException(503, "provider_unavailable", "No deployment can answer.")
                : Task.CompletedTask,
        };
        await using var instance = await CallBed.InstanceAsync(
            azurite, provider, ("PerCall:Batches:CallTries", "1"), ("PerCall:Batches:CallsPerTenant", "1"), FewRows);
        var bed = await CallBed.CreateAsync(azurite, instance);
        string[] texts = ["poison", .. CallBed.Texts(8)];
        var job = await bed.OrderAsync(instance, texts.Select((t, i) => CallBed.Row(t, $"row-{i}")));

        Assert.Null(await instance.RunAsync(bed.Account, job.Id));

        var ended = await bed.ReadAsync(instance, job.Id);
        Assert.Equal((8, 1), ((int)ended.Result!.Rows.Delivered, (int)ended.Result.Rows.Failed));
        var error = Assert.Single(await CallBed.LinesAsync(instance, ended, ResultFile.Errors));
        Assert.Equal(("row-0", "provider_unavailable"), ((string?)error["custom_id"], (string?)error["error"]!["code"]));
        await bed.RequireChargedAsync(instance, ended, CallBed.Texts(8));
    }

    [Fact]
    public async Task Run_TurnsAreShort_FinishesWithEachCallSentOnce()
    {
        var provider = new FakeProvider { Before = (_, cancellation) => Task.Delay(20, cancellation) };
        await using var instance = await CallBed.InstanceAsync(
            azurite, provider, ("PerCall:Batches:CallTurn", "00:00:00.4"), ("PerCall:Batches:CallsPerTenant", "2"));
        var bed = await CallBed.CreateAsync(azurite, instance);
        var texts = CallBed.Texts(25);
        var job = await bed.OrderAsync(instance, texts.Select((t, i) => CallBed.Row(t, $"row-{i}")));

        Assert.Null(await instance.RunAsync(bed.Account, job.Id));

        var ended = await bed.ReadAsync(instance, job.Id);
        Assert.Equal(25, ended.Result!.Rows.Delivered);
        Assert.Equal(texts.Order(), provider.Sent.Order());
        Assert.Equal(2, provider.MostRunning);
        await bed.RequireChargedAsync(instance, ended, texts);
    }

    [Fact]
    public async Task Order_BudgetBelowTheMostThatRowsCost_IsRefusedWithTheQuote()
    {
        var provider = new FakeProvider();
        await using var instance = await CallBed.InstanceAsync(azurite, provider);
        string[] rows = [.. CallBed.Texts(10).Select((t, i) => CallBed.Row(t, $"row-{i}")), "no JSON"];
        var rich = await CallBed.CreateAsync(azurite, instance);
        var job = await rich.OrderAsync(instance, rows);
        Assert.Null(await instance.RunAsync(rich.Account, job.Id));
        var bounds = (await rich.ReadAsync(instance, job.Id)).Plan!.Calls!.Bounds;
        // The plan includes some tokens of the output.
        var most = (bounds.PromptBound * CallBed.InPrice) + ((bounds.OutputBound - CallBed.FreeOutput) * CallBed.OutPrice);

        var enough = await CallBed.CreateAsync(azurite, instance, most);
        var tooLittle = await CallBed.CreateAsync(azurite, instance, most - 1);
        var held = await enough.OrderAsync(instance, rows);
        var refusal = await Assert.ThrowsAsync<RefusedException>(() => tooLittle.OrderAsync(instance, rows));

        Assert.Equal((402, "budget_spent"), (refusal.Status, refusal.Code));
        Assert.Equal((11, 1, false), (refusal.Quote!.Rows, (int)refusal.Quote.Quality.BadRows, refusal.Quote.WithinBudget));
        Assert.Equal(
            (bounds.PromptTokens, bounds.OutputBound), (refusal.Quote.Lines![0].Units, refusal.Quote.Lines[1].Units));
        Assert.Equal(refusal.Quote.Price, refusal.Quote.Lines.Sum(l => l.Charge));
        Assert.Null(await instance.RunAsync(enough.Account, held.Id));
        var ended = await enough.ReadAsync(instance, held.Id);
        Assert.Equal((most, 10), (ended.Hold!.Money, (int)ended.Result!.Rows.Delivered));
        Assert.Equal((ended.Charge.Amount, 0), await enough.MonthAsync(instance, ended));
    }

    [Theory]
    [InlineData("unknown", "model_not_found")]
    [InlineData("vectors", "endpoint_not_supported")]
    public async Task Order_ModelThatCannotAnswer_IsRefused(string model, string code)
    {
        await using var instance = await CallBed.InstanceAsync(azurite, new FakeProvider());
        var bed = await CallBed.CreateAsync(azurite, instance);

        var refusal = await Assert.ThrowsAnyAsync<Exception>(() => bed.OrderAsync(instance, [CallBed.Row("a", "a", model: model)]));

        Assert.Equal((code, "model"), (Problems.From(refusal).Code, Problems.From(refusal).Param));
    }

    [Fact]
    public async Task Order_PlanWithoutAPriceOfTokens_IsRefused()
    {
        await using var instance = await CallBed.InstanceAsync(azurite, new FakeProvider());
        var bed = await CallBed.CreateAsync(azurite, instance, prices: new Client.Wire.PlanPrice("openai", "*", "token_in", 1));

        var refusal = await Assert.ThrowsAsync<RefusedException>(() => bed.OrderAsync(instance, [CallBed.Row("a", "a")]));

        Assert.Equal((403, "not_in_plan", "model"), (refusal.Status, refusal.Code, refusal.Param));
    }

    [Theory]
    [InlineData("rows.csv", "messages,id\nx,1")]
    [InlineData("rows.zip", "PK\u0005\u0006\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")]
    public async Task Order_FileIsNotJsonLines_IsRefused(string name, string content)
    {
        await using var instance = await CallBed.InstanceAsync(azurite, new FakeProvider());
        var bed = await CallBed.CreateAsync(azurite, instance);

        var refusal = await Assert.ThrowsAsync<RefusedException>(() => bed.OrderAsync(instance, [content], name: name));

        Assert.Equal((400, "unsupported_format"), (refusal.Status, refusal.Code));
    }

    [Fact]
    public async Task Cancel_CallsAreRunning_EndsThemAndChargesWhatIsDone()
    {
        // Shards come in any order. So it is not a call's text that decides whether it ends, but how many calls began before it.
        var calls = 0;
        var provider = new FakeProvider
        {
            Before = (_, cancellation) =>
                Interlocked.Increment(ref calls) > 12 ? Task.Delay(Timeout.Infinite, cancellation) : Task.CompletedTask,
        };
        await using var instance = await CallBed.InstanceAsync(azurite, provider, FewRows);
        var bed = await CallBed.CreateAsync(azurite, instance);
        var texts = CallBed.Texts(18);
        var job = await bed.OrderAsync(instance, texts.Select((t, i) => CallBed.Row(t, $"row-{i}")));
        var run = instance.RunAsync(bed.Account, job.Id);
        await Eventually.HoldsAsync(
            () => Task.FromResult(provider.Running > 0 && provider.Answered.Count == 12), "calls that never end run");

        await instance.Get<PerCall.Functions.Batches.Api.JobBook>().CancelAsync(bed.Account, job.Id, Cancellation);

        Assert.Null(await run);
        var ended = await bed.ReadAsync(instance, job.Id);
        Assert.Equal(JobEnding.Cancelled, ended.Ending);
        Assert.Equal((0, true), (provider.Running, provider.Cancelled > 0));
        var delivered = (await CallBed.LinesAsync(instance, ended, ResultFile.Output)).Select(CallBed.ContentOf).ToList();
        Assert.InRange(delivered.Count, 1, 12);
        await bed.RequireChargedAsync(instance, ended, [.. texts.Where(t => delivered.Contains($"You said: {t}"))]);
    }
}
