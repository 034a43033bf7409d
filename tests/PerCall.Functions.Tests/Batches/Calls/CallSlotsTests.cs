using Microsoft.Extensions.Options;
using PerCall.Functions.Batches.Calls;
using PerCall.Functions.Batches.Jobs;
using PerCall.LargeModels;
using PerCall.LargeModels.Routes;
using Xunit;

namespace PerCall.Functions.Tests.Batches.Calls;

public sealed class CallSlotsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Enter_TenantHasItsShare_WaitsWhileOthersEnter()
    {
        using var slots = new CallSlots(Options.Create(new BatchOptions { CallsPerTenant = 2, CallsAtOnce = 10 }));
        var route = Route("a", 100);
        using var first = await slots.EnterAsync("one", route, Cancellation);
        using var second = await slots.EnterAsync("one", route, Cancellation);

        var third = slots.EnterAsync("one", route, Cancellation).AsTask();
        using var other = await slots.EnterAsync("two", route, Cancellation);

        Assert.False(third.IsCompleted);
        first.Dispose();
        (await third).Dispose();
    }

    [Fact]
    public async Task Enter_ModelHasHalfOfItsDeployments_WaitsWhileOtherModelsGoOn()
    {
        using var slots = new CallSlots(Options.Create(new BatchOptions()));
        var route = Route("a", 1, 3);
        using var first = await slots.EnterAsync("one", route, Cancellation);
        using var second = await slots.EnterAsync("two", route, Cancellation);

        var third = slots.EnterAsync("three", route, Cancellation).AsTask();
        using var other = await slots.EnterAsync("four", Route("b", 1), Cancellation);

        Assert.False(third.IsCompleted);
        second.Dispose();
        (await third).Dispose();
    }

    [Fact]
    public async Task Enter_InstanceIsFull_WaitsForAnyCallToEnd()
    {
        using var slots = new CallSlots(Options.Create(new BatchOptions { CallsAtOnce = 1 }));
        using var first = await slots.EnterAsync("one", Route("a", 10), Cancellation);

        var second = slots.EnterAsync("two", Route("b", 10), Cancellation).AsTask();

        Assert.False(second.IsCompleted);
        first.Dispose();
        (await second).Dispose();
    }

    [Fact]
    public async Task Enter_WaitIsCancelled_TakesNothing()
    {
        using var slots = new CallSlots(Options.Create(new BatchOptions { CallsAtOnce = 1, CallsPerTenant = 1 }));
        var first = await slots.EnterAsync("one", Route("a", 10), Cancellation);
        using var leaving = new CancellationTokenSource();
        var second = slots.EnterAsync("two", Route("a", 10), leaving.Token).AsTask();

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        first.Dispose();
        first.Dispose();
        using var third = await slots.EnterAsync("two", Route("a", 10), Cancellation);
        Assert.False(slots.EnterAsync("three", Route("a", 10), Cancellation).AsTask().IsCompleted);
    }

    private static LargeModelRoute Route(string model, params int[] concurrent) => new()
    {
        Model = model,
        Deployments =
        [
            .. concurrent.Select((c, i) => new Deployment
            {
                Name = $"{model}/{i}",
                Kind = DeploymentKind.OpenAi,
                Endpoint = new("http://localhost/v1"),
                Target = model,
                ConcurrentCalls = c,
            }),
        ],
        Endpoints = [LargeModelEndpoint.ChatCompletions],
        Tokenizer = TokenizerKind.Utf8Bytes,
        ContextTokens = 1000,
        MaxOutputTokens = 100,
        OutputField = "max_tokens",
    };
}
