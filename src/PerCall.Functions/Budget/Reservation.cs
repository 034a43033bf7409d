using PerCall.Functions.Pricing;

namespace PerCall.Functions.Budget;

/// <summary>What a call delivers, and what it costs; negative where a settlement is taken back.</summary>
/// <param name="FreeUnits">Units that the plan includes.</param>
/// <param name="Charge">Micro-units of the currency for the others.</param>
/// <param name="Lease">Number of the lease that it comes out of; 0: none was needed.</param>
/// <param name="Generation">The journal's generation in which the lease was taken; null: none was needed.</param>
public readonly record struct Settlement(long FreeUnits, long Charge, long Lease, string? Generation);

/// <summary>
/// The highest price that a call can have, set aside until it is settled or disposed of. The way of one: <see cref="Settle"/>, append,
/// <see cref="Commit"/>; should its answer not leave, <see cref="Void"/>, append, <see cref="Commit"/> again; <see cref="Dispose"/> in any
/// case. Not safe for several threads.
/// </summary>
public sealed class Reservation(
    DateTimeOffset time, Price price, long units, long free, long money, SpendingLease? lease, Lock gate) : IDisposable
{
    private State _state = State.Reserved;
    private Tally? _tally;
    private long _free;
    private long _charge;

    private enum State
    {
        Reserved,
        Settled,
        Committed,
        Voiding,
        Voided,
        Disposed,
    }

    /// <summary>When it was made; decides the month.</summary>
    public DateTimeOffset Time => time;

    /// <summary>
    /// Says what was delivered: at most the units reserved. Called right before the event is appended to the journal, once.
    /// </summary>
    public Settlement Settle(long delivered)
    {
        Expect(State.Reserved);
        ArgumentOutOfRangeException.ThrowIfNegative(delivered);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(delivered, units);
        _free = Math.Min(free, delivered);
        _charge = price.Of(delivered - _free);
        _state = State.Settled;
        return Tag(_free, _charge, settles: true);
    }

    /// <summary>The event, of the settlement or of its taking back, is on disk.</summary>
    public void Commit()
    {
        lock (gate)
        {
            if (_state == State.Settled)
            {
                _tally?.EndLocked(price.Unit, _free, _charge);
                _tally?.Durable.Add(price.Unit, _free, _charge);
                _state = State.Committed;
                return;
            }

            Expect(State.Voiding);
            _tally?.EndLocked(price.Unit, 0, 0);
            _tally?.Durable.Add(price.Unit, -_free, -_charge);
            _state = State.Voided;
        }
    }

    /// <summary>
    /// Says what takes a committed settlement back: what an event that voids it is to carry, its own lease number among it. Called right
    /// before that event is appended, once; the amounts are at hand again with the <see cref="Commit"/> that follows. Where the journal has
    /// been fenced meanwhile, the event may go into the next generation with lease number 0 instead, without a commit: the tenant does not
    /// pay, only the month's budget counts the amount as spent.
    /// </summary>
    public Settlement Void()
    {
        Expect(State.Committed);
        _state = State.Voiding;
        return Tag(-_free, -_charge, settles: false);
    }

    /// <summary>
    /// Gives back what was not committed. The event of a settlement that was not committed must not be in the journal, then or later.
    /// </summary>
    public void Dispose()
    {
        lock (gate)
        {
            switch (_state)
            {
                case State.Disposed:
                    return;
                case State.Reserved:
                    lease?.UnreserveLocked(price.Unit, free, money);
                    break;
                case State.Settled:
                    _tally?.EndLocked(price.Unit, _free, _charge);
                    SuspectLocked();
                    break;
                case State.Voiding:
                    _tally?.EndLocked(price.Unit, 0, 0);
                    SuspectLocked();
                    break;
            }

            _state = State.Disposed;
            lease?.LeaveLocked();
        }
    }

    private Settlement Tag(long freeUnits, long charge, bool settles)
    {
        if (lease is null)
        {
            return new(freeUnits, charge, 0, null);
        }

        lock (gate)
        {
            if (settles)
            {
                lease.UnreserveLocked(price.Unit, free, money);
            }

            _tally = lease.Current;
            _tally.BeginLocked(price.Unit, Math.Max(0, freeUnits), Math.Max(0, charge));
            return new(freeUnits, charge, _tally.Seq, lease.Generation);
        }
    }

    private void SuspectLocked()
    {
        if (lease is not null)
        {
            lease.Suspect = true;
        }
    }

    private void Expect(State state)
    {
        if (_state != state)
        {
            throw new InvalidOperationException($"The reservation is {_state}, not {state}.");
        }
    }
}
