using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using PerCall.Functions.Budget;
using PerCall.Functions.Pricing;
using Xunit;

namespace PerCall.Functions.Tests.Budget;

/// <summary>Reservations that are settled many times, compared with a simple calculation after every step.</summary>
public sealed class ReservationModelTests
{
    private const int Steps = 12;

    private static readonly string[] Units = ["token_in", "token_in_cached", "token_out", "audio_second"];

    private enum Act
    {
        /// <summary>The events reach the journal.</summary>
        Commit,

        /// <summary>The events do not reach the journal.</summary>
        Withdraw,

        /// <summary>The lease is exchanged while the events are being written. They reach the journal.</summary>
        CommitDuringExchange,

        /// <summary>The same, and the events do not reach the journal.</summary>
        WithdrawDuringExchange,
    }

    private static Config Fixed(int tests) => Config.QuickThrowOnFailure.WithMaxTest(tests).WithReplay(20261129, 1);

    [Fact]
    public void SettleTo_AnyTotals_ChargesThePriceOfTheTotalsAndNeverMoreThanReserved() =>
        Check.One(Fixed(1500), Prop.ForAll(Scripts().ToArbitrary(), script =>
        {
            var model = new Model(script);
            foreach (var step in script.Steps)
            {
                model.Settle(step, isLast: false);
            }

            model.Reservation.Dispose();
            model.CheckEnd();
        }));

    [Fact]
    public void Settle_LastTotalsThenVoid_ChargesThemAndTakesThemBack() =>
        Check.One(Fixed(500), Prop.ForAll(Scripts().ToArbitrary(), Gen.Elements(true, false).ToArbitrary(), (script, isVoided) =>
        {
            var model = new Model(script);
            var last = script.Steps[0] with { Act = Act.Commit };
            model.Settle(last, isLast: true);
            if (isVoided)
            {
                model.Void();
            }

            model.Reservation.Dispose();
            model.CheckEnd();
        }));

    [Fact]
    public void SettleTo_TotalsBeyondALine_ThrowsAndChangesNothing()
    {
        var line = new UnitLine([PriceOf(0, 5, 1), PriceOf(1, 3, 1)], 10);
        using var reservation = new Reservation(default, new Want(Terms(null, [0, 0]), [line]), [], 0, null, new Lock());

        Assert.Throws<ArgumentOutOfRangeException>(() => reservation.SettleTo([6, 5]));
        Assert.Throws<ArgumentOutOfRangeException>(() => reservation.SettleTo([-1, 5]));
        Assert.Throws<ArgumentOutOfRangeException>(() => reservation.SettleTo([5]));
        Assert.Equal(30 + 12, reservation.SettleTo([6, 4]).Charge);
        Assert.Throws<InvalidOperationException>(() => reservation.SettleTo([6, 4]));
        reservation.Commit();
        Assert.Equal((0, false), (reservation.SettleTo([6, 4]).Charge, reservation.Changes([6, 4])));
    }

    [Fact]
    public void Want_UnitTwice_IsRefused() => Assert.Throws<ArgumentException>(
        () => new Want(Terms(null, [0]), [new([PriceOf(0, 5, 1)], 1), new([PriceOf(0, 5, 1)], 1)]));

    private static Price PriceOf(int unit, long micros, long per) => new("openai", "*", Units[unit], micros, per);

    private static PlanTerms Terms(long? budget, long[] included) => new()
    {
        Plan = "basic",
        Version = 1,
        Currency = "EUR",
        MonthlyBudget = budget,
        Prices = [],
        FreeUnits = included.Select((units, i) => (Unit: Units[i], Units: units)).Where(u => u.Units > 0).ToDictionary(
            u => u.Unit, u => u.Units),
    };

    private static Gen<Script> Scripts() =>
        from count in Gen.Choose(1, Units.Length)
        from prices in Gen.ArrayOf(Prices(), count)
        from alternatives in Gen.Elements(true, false)
        from most in Gen.ArrayOf(Gen.Choose(0, 60), count)
        from included in Gen.ArrayOf(Gen.Choose(0, 30), count)
        from isBudgeted in Gen.Frequency((4, Gen.Constant(true)), (1, Gen.Constant(false)))
        from steps in Gen.ArrayOf(StepOf(count), Steps)
        select new Script(
            Lines([.. prices.Select((p, i) => p with { Unit = Units[i] })], most, alternatives), [.. included.Select(i => (long)i)],
            isBudgeted, steps);

    /// <summary>With alternatives, the first two prices are one line, as those of the tokens of a prompt.</summary>
    private static List<UnitLine> Lines(Price[] prices, int[] most, bool alternatives)
    {
        var first = alternatives && prices.Length > 1 ? 2 : 1;
        return [new(prices[..first], most[0]), .. prices[first..].Select((p, i) => new UnitLine([p], most[first + i]))];
    }

    private static Gen<Price> Prices() =>
        from micros in Gen.Choose(0, 3000)
        from per in Gen.Elements(1L, 7, 1000, 1_000_000)
        select PriceOf(0, micros, per);

    private static Gen<Step> StepOf(int count) =>
        from shares in Gen.ArrayOf(Gen.Choose(0, 100), count)
        from act in Gen.Frequency(
            (5, Gen.Constant(Act.Commit)), (2, Gen.Constant(Act.Withdraw)), (2, Gen.Constant(Act.CommitDuringExchange)),
            (1, Gen.Constant(Act.WithdrawDuringExchange)))
        select new Step(shares, act);

    /// <param name="Lines">The reserved lines.</param>
    /// <param name="Included">The included units of the month, by unit.</param>
    /// <param name="IsBudgeted">Whether the plan has a budget.</param>
    /// <param name="Steps">The settlements.</param>
    private sealed record Script(List<UnitLine> Lines, long[] Included, bool IsBudgeted, Step[] Steps);

    /// <param name="Shares">The totals, as percent of what is left of a line.</param>
    /// <param name="Act">What becomes of the settlement.</param>
    private sealed record Step(int[] Shares, Act Act);

    /// <summary>A lease, a reservation, and the journal that its events come to.</summary>
    private sealed class Model
    {
        private const long Budget = 10_000_000;
        private const string Generation = "g";

        private readonly List<(long Seq, SettledUnit Unit)> _journal = [];
        private readonly AllowanceState _state = new();
        private readonly SpendingLease _lease = new(Generation);
        private readonly LeaseNumbers _numbers = new();
        private readonly Lock _gate = new();
        private readonly Script _script;
        private readonly Want _want;
        private readonly long[] _free;
        private readonly long _money;
        private long[] _totals;

        public Model(Script script)
        {
            _script = script;
            _want = new(Terms(script.IsBudgeted ? Budget : null, script.Included), script.Lines);
            _totals = new long[_want.Count];
            Exchange(() => { });
            lock (_gate)
            {
                _free = [.. _want.Units.Select(
                    u => u.Included > 0 ? Math.Clamp(_lease.FreeAtHandLocked(u.Price.Unit), 0, u.Units) : 0)];
                _money = _want.MoneyBeside(_free);
                Assert.True(_money <= _lease.MoneyAtHandLocked || !script.IsBudgeted);
                Reservation = new(default, _want, _free, _money, _lease, _gate);
            }
        }

        public Reservation Reservation { get; }

        public void Settle(Step step, bool isLast)
        {
            var totals = TotalsOf(step);
            Assert.Equal(!totals.SequenceEqual(_totals), Reservation.Changes(totals));
            var settled = isLast ? Reservation.Settle(totals) : Reservation.SettleTo(totals);
            CheckLease();
            var isWritten = step.Act is Act.Commit or Act.CommitDuringExchange;
            void End()
            {
                if (isWritten)
                {
                    Write(settled);
                    _totals = totals;
                    Reservation.Commit();
                }
                else
                {
                    Reservation.Withdraw();
                }
            }

            if (step.Act is Act.CommitDuringExchange or Act.WithdrawDuringExchange)
            {
                Exchange(End);
            }
            else
            {
                End();
            }

            Check();
        }

        public void Void()
        {
            var settled = Reservation.Void();
            CheckLease();
            Write(settled);
            _totals = new long[_want.Count];
            Reservation.Commit();
            Check();
        }

        /// <summary>After the reservation has ended, everything but the charges can be spent again.</summary>
        public void CheckEnd()
        {
            Check();
            lock (_gate)
            {
                Assert.Equal(0, _lease.Live);
                Assert.Equal(_lease.Leased.Money - _lease.Current.Durable.Money, _lease.MoneyAtHandLocked);
                Assert.All(Units, u => Assert.Equal(
                    _lease.Leased.FreeOf(u) - _lease.Current.Durable.FreeOf(u), _lease.FreeAtHandLocked(u)));
            }
        }

        private long[] TotalsOf(Step step)
        {
            var totals = new long[_want.Count];
            var at = 0;
            foreach (var line in _script.Lines)
            {
                var left = line.Units;
                for (var end = at + line.Prices.Count; at < end; at++)
                {
                    left -= totals[at] = left * step.Shares[at] / 100;
                }
            }

            return totals;
        }

        private void Write(Settlement settled) => _journal.AddRange(settled.Further.Prepend(settled.First).Select(u => (settled.Lease, u)));

        /// <summary>Reports the charges of the lease's number, and takes the next slice.</summary>
        /// <param name="meanwhile">Happens while the exchange waits for pending charges.</param>
        private void Exchange(Action meanwhile)
        {
            Task drained;
            lock (_gate)
            {
                drained = _lease.BeginExchangeLockedAsync(_numbers.Next, new(Generation, "b", 0));
            }

            meanwhile();
            lock (_gate)
            {
                Assert.True(drained.IsCompleted);
                var plan = SlicePlan.MakeLocked(_state, _lease, new([], _want), shrink: true, default);
                _lease.EndExchangeLocked(plan.Record);
            }
        }

        private void Check()
        {
            foreach (var (index, unit) in _want.Units.Index())
            {
                var events = _journal.Select(e => e.Unit).Where(u => u.Price.Unit == unit.Price.Unit).ToList();
                var (free, charge) = (Math.Min(_free[index], _totals[index]), PriceOf(unit.Price, _totals[index] - _free[index]));
                Assert.Equal((_totals[index], free), (events.Sum(e => e.Units), events.Sum(e => e.FreeUnits)));
                Assert.Equal(charge, events.Sum(e => e.Charge));
            }

            CheckLease();
        }

        private void CheckLease()
        {
            var charged = _journal.Sum(e => e.Unit.Charge);
            Assert.True(!_script.IsBudgeted || charged <= _money);
            lock (_gate)
            {
                // What a crash now would leave: the row, and the charges with the lease's number or a higher one.
                var lease = _state.Leases[Generation];
                var after = _journal.Where(e => e.Seq >= lease.Seq).ToList();
                Assert.Equal(charged, _state.Spent.Money + after.Sum(e => e.Unit.Charge));
                foreach (var unit in Units)
                {
                    Assert.Equal(
                        _journal.Where(e => e.Unit.Price.Unit == unit).Sum(e => e.Unit.FreeUnits),
                        _state.Spent.FreeOf(unit) + after.Where(e => e.Unit.Price.Unit == unit).Sum(e => e.Unit.FreeUnits));
                    Assert.True(_lease.FreeAtHandLocked(unit) >= 0);
                    Assert.True(_state.FreeLeft(unit, _want.Terms.FreeUnits.GetValueOrDefault(unit)) >= 0);
                }

                if (_script.IsBudgeted)
                {
                    Assert.True(_lease.MoneyAtHandLocked >= 0);
                    Assert.True(after.Sum(e => e.Unit.Charge) <= lease.Amounts.Money);
                    Assert.True(_state.MoneyLeft(Budget) >= 0);
                }
            }
        }

        private static long PriceOf(Price price, long units)
        {
            var product = BigInteger.Max(0, units) * price.Micros;
            return (long)((product / price.Per) + (product % price.Per > 0 ? 1 : 0));
        }
    }
}
