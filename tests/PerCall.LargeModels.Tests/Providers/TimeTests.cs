using PerCall.LargeModels.Providers;
using PerCall.Testing;
using Xunit;

namespace PerCall.LargeModels.Tests.Providers;

/// <summary>Callers that leave, and time limits.</summary>
public sealed class TimeTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Cancel_BeforeTheAnswer_ClosesTheProvidersConnection(bool stream)
    {
        var (arrived, closed) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var server = await ScriptedProvider.StartAsync(ScriptedProvider.Hang(arrived, closed));
        await using var second = await ScriptedProvider.StartAsync();
        using var fixture = new ProviderFixture(server, second);
        using var caller = new CancellationTokenSource();
        var call = fixture.SendAsync(stream: stream, cancellation: caller.Token);
        await arrived.Task.WaitAsync(ProcessOutput.Patience, Cancellation);

        await caller.CancelAsync();

        var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal(caller.Token, cancelled.CancellationToken);
        await closed.Task.WaitAsync(ProcessOutput.Patience, Cancellation);
        Assert.Empty(second.Requests);
    }

    [Fact]
    public async Task Cancel_BetweenReads_ClosesTheProvidersConnection()
    {
        var closed = new TaskCompletionSource();
        await using var server = await ScriptedProvider.StartAsync(
            ScriptedProvider.Stream("data: {}\n\n", ScriptedProvider.Hang(closed: closed)));
        using var fixture = new ProviderFixture(server);
        using var caller = new CancellationTokenSource();
        using var answer = await fixture.SendAsync(stream: true, cancellation: caller.Token);

        await caller.CancelAsync();

        await closed.Task.WaitAsync(ProcessOutput.Patience, Cancellation);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer.Body.ReadAsync(new byte[100], caller.Token).AsTask());
    }

    [Fact]
    public async Task Cancel_WhileReading_EndsTheReadAndClosesTheProvidersConnection()
    {
        var closed = new TaskCompletionSource();
        await using var server = await ScriptedProvider.StartAsync(
            ScriptedProvider.Stream("data: {}\n\n", ScriptedProvider.Hang(closed: closed)));
        using var fixture = new ProviderFixture(server);
        using var caller = new CancellationTokenSource();
        using var answer = await fixture.SendAsync(stream: true, cancellation: caller.Token);
        await ReadFirstAsync(answer);
        var read = answer.Body.ReadAsync(new byte[100], caller.Token).AsTask();

        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
        await closed.Task.WaitAsync(ProcessOutput.Patience, Cancellation);
    }

    [Fact]
    public async Task Dispose_InTheMiddleOfAStream_ClosesTheProvidersConnection()
    {
        var closed = new TaskCompletionSource();
        await using var server = await ScriptedProvider.StartAsync(
            ScriptedProvider.Stream("data: {}\n\n", ScriptedProvider.Hang(closed: closed)));
        using var fixture = new ProviderFixture(server);

        (await fixture.SendAsync(stream: true, cancellation: Cancellation)).Dispose();

        await closed.Task.WaitAsync(ProcessOutput.Patience, Cancellation);
    }

    [Fact]
    public async Task Dispose_WhileReading_EndsTheRead()
    {
        var closed = new TaskCompletionSource();
        await using var server = await ScriptedProvider.StartAsync(
            ScriptedProvider.Stream("data: {}\n\n", ScriptedProvider.Hang(closed: closed)));
        using var fixture = new ProviderFixture(server);
        var answer = await fixture.SendAsync(stream: true, cancellation: Cancellation);
        await ReadFirstAsync(answer);
        var read = answer.Body.ReadAsync(new byte[100], Cancellation).AsTask();

        answer.Dispose();

        await Assert.ThrowsAnyAsync<IOException>(() => read.WaitAsync(ProcessOutput.Patience, Cancellation));
        await closed.Task.WaitAsync(ProcessOutput.Patience, Cancellation);
    }

    [Fact]
    public async Task Send_TimeoutsInARow_OpenTheCircuit()
    {
        var arrived = new SemaphoreSlim(0);
        await using var server = await ScriptedProvider.StartAsync(async http =>
        {
            arrived.Release();
            await ScriptedProvider.Hang()(http);
        });
        using var fixture = new ProviderFixture([.. ProviderFixture.Deployments(server.Address), ("AnswerSeconds", "1")]);
        for (var i = 0; i < 5; i++)
        {
            var call = fixture.AnswerAsync();
            await arrived.WaitAsync(ProcessOutput.Patience, Cancellation);
            fixture.Time.Advance(TimeSpan.FromSeconds(1.1));
            Assert.Equal("provider_unavailable", await call.WaitAsync(ProcessOutput.Patience, Cancellation));
        }

        Assert.Equal("provider_unavailable", await fixture.AnswerAsync());
        Assert.Equal(5, server.Requests.Count);
    }

    [Theory]
    [InlineData(true, "headers", "FirstTokenSeconds")]
    [InlineData(true, "event", "FirstTokenSeconds")]
    [InlineData(false, "headers", "AnswerSeconds")]
    [InlineData(false, "body", "AnswerSeconds")]
    public async Task Send_NothingInTime_IsAnsweredByTheSecond(bool stream, string missing, string setting)
    {
        var (arrived, closed) = (new TaskCompletionSource(), new TaskCompletionSource());
        var hang = ScriptedProvider.Hang(arrived, closed);
        await using var first = await ScriptedProvider.StartAsync(missing switch
        {
            "headers" => hang,
            "event" => ScriptedProvider.Stream(": ping\n\nda", hang),
            _ => async http =>
            {
                await ScriptedProvider.Json("{")(http);
                await http.Response.Body.FlushAsync();
                await hang(http);
            }
            ,
        });
        await using var second = await ScriptedProvider.StartAsync(
            stream ? ScriptedProvider.Stream("data: {}\n\n") : ScriptedProvider.Json("{}"));
        using var fixture = new ProviderFixture([.. ProviderFixture.Deployments(first.Address, second.Address), (setting, "7")]);
        var call = fixture.SendAsync(stream: stream, cancellation: Cancellation);
        await arrived.Task.WaitAsync(ProcessOutput.Patience, Cancellation);

        fixture.Time.Advance(TimeSpan.FromSeconds(6.9));
        Assert.False(call.IsCompleted);
        Assert.False(closed.Task.IsCompleted);
        fixture.Time.Advance(TimeSpan.FromSeconds(0.2));

        using var answer = await call.WaitAsync(ProcessOutput.Patience, Cancellation);
        Assert.Equal("gpt-4o-mini/1", answer.Deployment.Name);
        await closed.Task.WaitAsync(ProcessOutput.Patience, Cancellation);
    }

    [Fact]
    public async Task Read_StreamThatPausesForTooLong_FailsAndClosesTheConnection()
    {
        var (more, closed) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var server = await ScriptedProvider.StartAsync(ScriptedProvider.Stream("data: {}\n\n", async http =>
        {
            await more.Task;
            await http.Response.Body.WriteAsync("data: {}\n\n"u8.ToArray());
            await http.Response.Body.FlushAsync();
            await ScriptedProvider.Hang(closed: closed)(http);
        }));
        using var fixture = new ProviderFixture([.. ProviderFixture.Deployments(server.Address), ("SilenceSeconds", "5")]);
        using var answer = await fixture.SendAsync(stream: true, cancellation: Cancellation);
        await ReadFirstAsync(answer);

        // A pause that is short enough, and then one that is not.
        var read = answer.Body.ReadAsync(new byte[100], Cancellation).AsTask();
        fixture.Time.Advance(TimeSpan.FromSeconds(4));
        more.SetResult();
        Assert.NotEqual(0, await read.WaitAsync(ProcessOutput.Patience, Cancellation));
        fixture.Time.Advance(TimeSpan.FromSeconds(4));
        read = answer.Body.ReadAsync(new byte[100], Cancellation).AsTask();
        fixture.Time.Advance(TimeSpan.FromSeconds(6));

        var fault = await Assert.ThrowsAnyAsync<IOException>(() => read.WaitAsync(ProcessOutput.Patience, Cancellation));
        Assert.Contains("5 seconds", fault.Message, StringComparison.Ordinal);
        await closed.Task.WaitAsync(ProcessOutput.Patience, Cancellation);
    }

    [Fact]
    public async Task Read_StreamLongerThanTheCallsTime_Fails()
    {
        var closed = new TaskCompletionSource();
        await using var server = await ScriptedProvider.StartAsync(
            ScriptedProvider.Stream("data: {}\n\n", ScriptedProvider.Hang(closed: closed)));
        using var fixture = new ProviderFixture([.. ProviderFixture.Deployments(server.Address), ("CallSeconds", "9")]);
        using var answer = await fixture.SendAsync(stream: true, cancellation: Cancellation);
        await ReadFirstAsync(answer);

        fixture.Time.Advance(TimeSpan.FromSeconds(9));

        await closed.Task.WaitAsync(ProcessOutput.Patience, Cancellation);
        var fault = await Assert.ThrowsAnyAsync<IOException>(() => answer.Body.ReadAsync(new byte[100], Cancellation).AsTask());
        Assert.Contains("9 seconds", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_NoAnswerWithinTheCallsTime_IsRefused()
    {
        var (arrived, closed) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var server = await ScriptedProvider.StartAsync(ScriptedProvider.Hang(arrived, closed));
        await using var second = await ScriptedProvider.StartAsync();
        using var fixture = new ProviderFixture([.. ProviderFixture.Deployments(server.Address, second.Address), ("CallSeconds", "9")]);
        var call = fixture.SendAsync(cancellation: Cancellation);
        await arrived.Task.WaitAsync(ProcessOutput.Patience, Cancellation);

        fixture.Time.Advance(TimeSpan.FromSeconds(9));

        var refusal = await Assert.ThrowsAsync<LargeModelRefusedException>(() => call);
        Assert.Equal((503, "provider_timeout"), (refusal.Status, refusal.Code));
        await closed.Task.WaitAsync(ProcessOutput.Patience, Cancellation);
        Assert.Empty(second.Requests);
    }

    [Fact]
    public async Task Read_AWholeAnswer_NeedsNoClock()
    {
        await using var server = await ScriptedProvider.StartAsync();
        using var fixture = new ProviderFixture(server);
        using var answer = await fixture.SendAsync(cancellation: Cancellation);

        fixture.Time.Advance(TimeSpan.FromSeconds(100));

        Assert.Equal(ScriptedProvider.Answer, await ProviderFixture.TextAsync(answer.Body));
    }

    private static async Task ReadFirstAsync(ProviderAnswer answer)
    {
        var buffer = new byte["data: {}\n\n".Length];
        await answer.Body.ReadExactlyAsync(buffer, Cancellation);
    }
}
