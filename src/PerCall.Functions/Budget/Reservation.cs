namespace PerCall.Functions.Budget;

/// <summary>
/// The highest price that a call can have, reserved until it is settled or disposed of. The caller settles (<see cref="Settle(long)"/>),
/// appends the events, and commits (<see cref="Commit"/>). If the answer does not leave, the caller voids (<see cref="Void"/>), appends
/// the voiding events, and commits again. A call that delivers in parts settles its totals so far (<see cref="SettleTo"/>), any number of
/// times. The caller always calls <see cref="Dispose"/>. Not thread-safe.
/// </summary>
public sealed class Reservation : IDisposable
{
    private readonly DateTimeOffset _time;
    private readonly Want _want;
    private readonly long _money;
    private readonly SpendingLease? _lease;
    private readonly Lock _gate;
    private readonly Part[] _further;
    private Part _first;
    private long _held;
    private State _state = State.Open;
    private bool _isLast;
    private Tally? _tally;

    /// <summary>Creates a reservation. With a lease, it must be called while holding the gate.</summary>
    /// <param name="time">When the reservation was made.</param>
    /// <param name="want">The most that the call can need.</param>
    /// <param name="free">The reserved included units, in the order of the wanted units.</param>
    /// <param name="money">The reserved money.</param>
    /// <param name="lease">The lease that pays; null: no lease is needed.</param>
    /// <param name="gate">Guards the lease.</param>
    public Reservation(DateTimeOffset time, Want want, ReadOnlySpan<long> free, long money, SpendingLease? lease, Lock gate)
    {
        (_time, _want, _money, _lease, _gate) = (time, want, money, lease, gate);
        _further = want.Count == 1 ? [] : new Part[want.Count - 1];
        for (var i = 0; i < free.Length; i++)
        {
            At(i).Free = free[i];
        }

        if (lease is not null)
        {
            lease.EnterLocked();
            HoldLocked();
        }
    }

    private enum State
    {
        Open,
        Settled,
        Committed,
        Voiding,
        Voided,
        Disposed,
    }

    /// <summary>When the reservation was made. Decides the month.</summary>
    public DateTimeOffset Time => _time;

    /// <summary>The most that the call can need.</summary>
    public Want Want => _want;

    /// <summary>
    /// Settles the delivered units, at most the reserved units. Must be called once, right before the event is appended to the journal.
    /// </summary>
    public Settlement Settle(long delivered) => Settle([delivered]);

    /// <inheritdoc cref="Settle(long)"/>
    /// <param name="delivered">The delivered units, in the order of the wanted units.</param>
    public Settlement Settle(ReadOnlySpan<long> delivered) => Begin(delivered, isLast: true);

    /// <summary>
    /// Settles the difference between the units delivered so far and those of the last settlement, up or down. The rest stays reserved.
    /// Must be called right before the events are appended, and not again before <see cref="Commit"/> or <see cref="Withdraw"/>.
    /// </summary>
    /// <param name="totals">The units delivered so far, in the order of the wanted units; at most the reserved units.</param>
    public Settlement SettleTo(ReadOnlySpan<long> totals) => Begin(totals, isLast: false);

    /// <summary>Returns whether the units differ from those of the last settlement.</summary>
    public bool Changes(ReadOnlySpan<long> totals)
    {
        for (var i = 0; i < totals.Length; i++)
        {
            if (totals[i] != At(i).Settled.Units)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Records that the events of the settlement, or of its voiding, are on disk.</summary>
    public void Commit()
    {
        lock (_gate)
        {
            if (_state is not (State.Settled or State.Voiding))
            {
                throw Unexpected(State.Settled);
            }

            EndLocked(isDurable: true);
            _state = _state == State.Voiding ? State.Voided : _isLast ? State.Committed : State.Open;
            HoldLocked();
        }
    }

    /// <summary>
    /// Ends a settlement of <see cref="SettleTo"/> whose events are not in the journal and never will be. What was settled before stays
    /// settled.
    /// </summary>
    public void Withdraw()
    {
        lock (_gate)
        {
            Expect(State.Settled);
            EndLocked(isDurable: false);
            _state = State.Open;
            HoldLocked();
        }
    }

    /// <summary>
    /// Voids a committed settlement. Returns the values for the voiding events, including their own lease number. Must be called once,
    /// right before these events are appended. The amounts are available again after the next <see cref="Commit"/>. If the journal has
    /// been fenced in the meantime, the events may go into the next generation with lease number 0 and without a commit. The tenant then
    /// does not pay, but the month's budget counts the amount as spent.
    /// </summary>
    public Settlement Void()
    {
        Expect(State.Committed);
        for (var i = 0; i < _want.Count; i++)
        {
            At(i).Pending = default;
        }

        return Tag(State.Voiding);
    }

    /// <summary>
    /// Releases what was not committed. The events of an uncommitted settlement must not be in the journal, now or later.
    /// </summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_state == State.Disposed)
            {
                return;
            }

            if (_state is State.Settled or State.Voiding)
            {
                EndLocked(isDurable: false);
            }

            _state = State.Disposed;
            HoldLocked();
            _lease?.LeaveLocked();
        }
    }

    private Settlement Begin(ReadOnlySpan<long> totals, bool isLast)
    {
        Expect(State.Open);
        _want.RequireCovers(totals);
        for (var i = 0; i < totals.Length; i++)
        {
            ref var part = ref At(i);
            var free = Math.Min(part.Free, totals[i]);
            part.Pending = new(totals[i], free, _want[i].Price.Of(totals[i] - free));
        }

        _isLast = isLast;
        return Tag(State.Settled);
    }

    /// <summary>Begins a settlement. The lease's current number pays for it.</summary>
    private Settlement Tag(State state)
    {
        _state = state;
        if (_lease is null)
        {
            return Describe(0, null);
        }

        lock (_gate)
        {
            HoldLocked();
            _tally = _lease.Current;
            _tally.BeginLocked();
            AddLocked(_tally.OnTheWay, 1, onlyRises: true);
            return Describe(_tally.Seq, _lease.Generation);
        }
    }

    /// <summary>Ends the pending settlement.</summary>
    private void EndLocked(bool isDurable)
    {
        if (_tally is { } tally)
        {
            AddLocked(tally.OnTheWay, -1, onlyRises: true);
            if (isDurable)
            {
                AddLocked(tally.Durable, 1, onlyRises: false);
            }
            else
            {
                _lease!.Suspect = true;
            }

            tally.EndLocked();
            _tally = null;
        }

        for (var i = 0; i < _want.Count; i++)
        {
            ref var part = ref At(i);
            (part.Settled, part.Pending) = isDurable ? (part.Pending, part.Pending) : (part.Settled, part.Settled);
        }
    }

    /// <summary>
    /// Adds the pending changes to a sum, or subtracts them. A change that lowers the sum counts only when it is durable.
    /// </summary>
    private void AddLocked(Amounts amounts, int sign, bool onlyRises)
    {
        var money = 0L;
        for (var i = 0; i < _want.Count; i++)
        {
            ref var part = ref At(i);
            var free = part.Pending.Free - part.Settled.Free;
            amounts.Add(_want[i].Price.Unit, sign * (onlyRises ? Math.Max(0, free) : free), 0);
            money += part.Pending.Charge - part.Settled.Charge;
        }

        amounts.Money += sign * (onlyRises ? Math.Max(0, money) : money);
    }

    /// <summary>Holds of the lease what later settlements can need: the reserved amounts without the settled ones.</summary>
    private void HoldLocked()
    {
        if (_lease is null)
        {
            return;
        }

        var keeps = _state == State.Open || (_state == State.Settled && !_isLast);
        var (settled, pending) = (0L, 0L);
        for (var i = 0; i < _want.Count; i++)
        {
            ref var part = ref At(i);
            var free = keeps ? part.Free - Math.Max(part.Settled.Free, part.Pending.Free) : 0;
            _lease.HoldLocked(_want[i].Price.Unit, free - part.Held, 0);
            part.Held = free;
            settled += part.Settled.Charge;
            pending += part.Pending.Charge;
        }

        // Without a budget, no money is reserved, and charges exceed it.
        var money = keeps ? Math.Max(0, _money - Math.Max(settled, pending)) : 0;
        _lease.HoldLocked(_want[0].Price.Unit, 0, money - _held);
        _held = money;
    }

    private Settlement Describe(long lease, string? generation)
    {
        if (_further.Length == 0)
        {
            return new(Change(0), [], lease, generation);
        }

        List<SettledUnit> changed = [];
        for (var i = 0; i < _want.Count; i++)
        {
            if (Change(i) is { Units: not 0 } change)
            {
                changed.Add(change);
            }
        }

        return changed.Count == 0 ? new(Change(0), [], lease, generation) : new(changed[0], changed[1..], lease, generation);
    }

    private SettledUnit Change(int index)
    {
        ref var part = ref At(index);
        return new(
            _want[index].Price, part.Pending.Units - part.Settled.Units, part.Pending.Free - part.Settled.Free,
            part.Pending.Charge - part.Settled.Charge);
    }

    private ref Part At(int index) => ref index == 0 ? ref _first : ref _further[index - 1];

    private void Expect(State state)
    {
        if (_state != state)
        {
            throw Unexpected(state);
        }
    }

    private InvalidOperationException Unexpected(State state) => new($"The reservation is {_state}, not {state}.");

    /// <summary>The sums of one unit.</summary>
    private readonly record struct Sums(long Units, long Free, long Charge);

    /// <summary>One unit's part of the reservation.</summary>
    private struct Part
    {
        /// <summary>The reserved included units.</summary>
        public long Free;

        /// <summary>The included units that the lease holds for later settlements.</summary>
        public long Held;

        /// <summary>The sums whose events are on disk.</summary>
        public Sums Settled;

        /// <summary>The sums after the pending settlement; without one: those on disk.</summary>
        public Sums Pending;
    }
}
