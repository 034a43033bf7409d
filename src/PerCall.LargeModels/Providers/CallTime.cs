namespace PerCall.LargeModels.Providers;

/// <summary>The time of one call: until the caller leaves, at most the limit, over all attempts and to the end of the stream.</summary>
internal sealed class CallTime : IDisposable
{
    private readonly CancellationTokenSource _limit;
    private readonly CancellationTokenSource _either;

    public CallTime(TimeSpan limit, TimeProvider time, CancellationToken caller)
    {
        Limit = limit;
        Caller = caller;
        _limit = new(limit, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_limit.Token, caller);
        Token = _either.Token;
    }

    public TimeSpan Limit { get; }

    public CancellationToken Caller { get; }

    /// <summary>Cancelled when the caller leaves, and at the limit.</summary>
    public CancellationToken Token { get; }

    public void Dispose()
    {
        _either.Dispose();
        _limit.Dispose();
    }
}
