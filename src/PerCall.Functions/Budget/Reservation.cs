using PerCall.Functions.Pricing;

namespace PerCall.Functions.Budget;

/// <summary>What a call delivered and what it costs; negative when a settlement is voided.</summary>
/// <param name="FreeUnits">Delivered units that the plan includes.</param>
/// <param name="Charge">Micro-units of the currency for the other units.</param>
/// <param name="Lease">Number of the lease that pays; 0: no lease was needed.</param>
/// <param name="Generation">The journal's generation in which the lease was taken; null: no lease was needed.</param>
public readonly record struct Settlement(long FreeUnits, long Charge, long Lease, string? Generation);

/// <summary>
/// The highest price that a call can have, reserved until it is settled or disposed of. The caller settles (<see cref="Settle"/>), appends
/// the event, and commits (<see cref="Commit"/>). If the answer does not leave, the caller voids (<see cref="Void"/>), appends the voiding
/// event, and commits again. The caller always calls <see cref="Dispose"/>. Not thread-safe.
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

    /// <summary>When the reservation was made. Decides the month.</summary>
    public DateTimeOffset Time => time;

    /// <summary>
    /// Settles the delivered units, at most the reserved units. Must be called once, right before the event is appended to the journal.
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

    /// <summary>Records that the event of the settlement, or of its voiding, is on disk.</summary>
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
    /// Voids a committed settlement. Returns the values for the voiding event, including its own lease number. Must be called once, right
    /// before that event is appended. The amounts are available again after the next <see cref="Commit"/>. If the journal has been fenced
    /// in the meantime, the event may go into the next generation with lease number 0 and without a commit. The tenant then does not pay,
    /// but the month's budget counts the amount as spent.
    /// </summary>
    public Settlement Void()
    {
        Expect(State.Committed);
        _state = State.Voiding;
        return Tag(-_free, -_charge, settles: false);
    }

    /// <summary>Releases what was not committed. The event of an uncommitted settlement must not be in the journal, now or later.</summary>
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
