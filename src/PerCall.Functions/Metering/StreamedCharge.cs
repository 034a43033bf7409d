using System.Runtime.ExceptionServices;
using PerCall.Functions.Budget;
using PerCall.Functions.Journal;

namespace PerCall.Functions.Metering;

/// <summary>
/// The charge of an answer that is delivered in parts. Each step charges the difference between the totals so far and those that were
/// charged before. Only one step is being written at a time. Not thread-safe.
/// </summary>
/// <param name="reservation">The reservation, which ends with this charge.</param>
/// <param name="charges">Writes the events.</param>
public sealed class StreamedCharge(Reservation reservation, Charges charges)
{
    private readonly Lock _lock = new();
    private Step? _next;
    private bool _isWriting;
    private Exception? _fault;
    private Task? _writing;
    private int _events;
    private string? _basis;
    private long _cost;

    /// <summary>The micro-units and the units that are in the journal.</summary>
    public (long Cost, long Units) Charged { get; private set; }

    /// <summary>
    /// Charges up to the totals. Returns when the events are on disk; with <see cref="Durability.Async"/>, returns at once, and a failure
    /// is thrown by the next step.
    /// </summary>
    /// <param name="first">The call's first event. Its units and amounts are replaced.</param>
    /// <param name="used">The totals.</param>
    /// <param name="totals">The units to charge, in the order of the reservation.</param>
    /// <exception cref="JournalFencedException">Nothing of this step was charged or will be.</exception>
    /// <exception cref="Requests.RefusedException">503: nothing of this step was charged or will be.</exception>
    public async Task ChargeToAsync(UsageEvent first, ChargedUnits used, long[] totals)
    {
        bool begins;
        lock (_lock)
        {
            ThrowLastFault();
            // Totals replace older ones that are not being written yet.
            _next = new(first, used, totals);
            begins = !_isWriting;
            _isWriting = true;
        }

        _writing = begins ? WriteAsync() : _writing!;
        if (charges.WritesBeforeAnswer)
        {
            await _writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            lock (_lock)
            {
                ThrowLastFault();
            }
        }
        else if (begins)
        {
            charges.LogLoss(_writing, first.Id);
        }
    }

    /// <summary>Releases what was not charged, after the last step is written.</summary>
    public async Task EndAsync()
    {
        await (_writing ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        reservation.Dispose();
    }

    private async Task WriteAsync()
    {
        while (Take() is { } step)
        {
            try
            {
                await WriteAsync(step);
            }
            catch (Exception e)
            {
                lock (_lock)
                {
                    (_next, _isWriting, _fault) = (null, false, e);
                }

                throw;
            }
        }
    }

    /// <summary>Throws the failure of an earlier step once.</summary>
    private void ThrowLastFault()
    {
        if (_fault is { } fault)
        {
            _fault = null;
            ExceptionDispatchInfo.Throw(fault);
        }
    }

    private Step? Take()
    {
        lock (_lock)
        {
            var step = _next;
            _next = null;
            _isWriting = step is not null;
            return step;
        }
    }

    private async Task WriteAsync(Step step)
    {
        var (first, used, totals) = step;
        var (basis, cost) = (used.Basis ?? _basis, used.Cost ?? _cost);
        // Without an event there is nothing that a basis or a cost could belong to.
        if (!reservation.Changes(totals) && (_events == 0 || (basis == _basis && cost == _cost)))
        {
            return;
        }

        var settled = reservation.SettleTo(totals);
        var events = used.Describe(first with { Time = reservation.Time }, settled, _events, cost == _cost ? null : cost - _cost);
        try
        {
            await charges.AppendAsync(events, settled.Generation);
        }
        catch
        {
            reservation.Withdraw();
            throw;
        }

        reservation.Commit();
        (_events, _basis, _cost) = (_events + events.Count, basis, cost);
        Charged = checked((Charged.Cost + events.Charge, Charged.Units + events.Units));
    }

    private sealed record Step(UsageEvent First, ChargedUnits Used, long[] Totals);
}
