using PerCall.Functions.Limits.Rate;

namespace PerCall.Functions.Limits;

/// <summary>
/// The tokens that a call may use. Disposing of it gives back all of them, unless it was settled. Settling it late, or never because the
/// instance dies, only makes the limit stricter.
/// </summary>
public sealed class TokenLease : IDisposable
{
    private readonly PermitsLease? _permits;

    internal TokenLease(PermitsLease? permits) => _permits = permits;

    /// <summary>
    /// Gives back what the call did not use, in the second in which it was taken. Only the first call of this method has an effect.
    /// </summary>
    /// <param name="used">Tokens of prompt and output that the call used. More than were taken count as all of them.</param>
    public void Settle(long used) => _permits?.Settle(used);

    public void Dispose() => Settle(0);
}
