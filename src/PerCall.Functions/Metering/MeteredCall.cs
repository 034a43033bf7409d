using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using PerCall.Functions.Budget;
using PerCall.Functions.Journal;
using PerCall.Functions.Pricing;
using PerCall.Functions.Requests;
using PerCall.Functions.Tenancy;
using PerCall.Inference.Packages;

namespace PerCall.Functions.Metering;

/// <summary>
/// Meters one call. A function reserves before it works, and delivers at its end. A call that fails in between costs nothing. After
/// delivery, the charge is on disk before the answer leaves.
/// </summary>
/// <param name="timing">The request's timings; null without a request.</param>
/// <param name="caller">The caller who pays; null when the service asks for no keys and meters nothing.</param>
/// <param name="allowances">The allowances that the call reserves from.</param>
/// <param name="charges">Writes the charges.</param>
/// <param name="kept">Stores the answer before it is charged; null: the answer is not stored.</param>
public sealed class MeteredCall(
    ServerTiming? timing, Caller? caller, Allowances allowances, Charges charges, IKeptAnswer? kept = null) : IDisposable
{
    public const string CostHeader = "x-percall-cost";
    public const string UnitsHeader = "x-percall-units";
    public const string JsonAnswer = "application/json; charset=utf-8";

    private Announced? _announced;
    private Reservation? _reservation;
    private Reservation? _fallback;
    private RecordedCharge? _charged;
    private StreamedCharge? _streamed;
    private (long Cost, long Units) _reported;

    /// <summary>What the caller pays so far: micro-units of the currency, and the sum of all units.</summary>
    public (long Cost, long Units) Charged => _streamed?.Charged ?? _reported;

    /// <summary>Whether the answer is stored before it is charged, so that it cannot be a stream.</summary>
    public bool KeepsAnswer => kept is not null;

    /// <summary>Returns the call of a request that the middleware has admitted.</summary>
    public static MeteredCall Of(HttpContext http) => (MeteredCall)http.Items[typeof(MeteredCall)]!;

    /// <summary>Attaches the call to a request, and disposes of it at the request's end.</summary>
    public void AttachTo(HttpContext http)
    {
        http.Items[typeof(MeteredCall)] = this;
        // Not disposed at the end of a middleware, because the answer is written after that.
        http.Response.RegisterForDispose(this);
    }

    /// <summary>Returns the same call, before it reserves, with a store that keeps its answer before it is charged.</summary>
    public MeteredCall Keeping(IKeptAnswer answer) => new(timing, caller, allowances, charges, answer);

    /// <summary>Reserves the highest price that the call can have.</summary>
    /// <param name="operation">The operation that is charged.</param>
    /// <param name="model">The model as the caller named it, with or without a version.</param>
    /// <param name="units">The maximum number of units; 1 or more.</param>
    /// <param name="cancellation">Cancels the wait for storage.</param>
    /// <exception cref="RefusedException">
    /// 402: the budget is spent. 403: the plan does not include the operation. 503: storage is unavailable.
    /// </exception>
    public async ValueTask ReserveAsync(Operation operation, string model, long units, CancellationToken cancellation)
    {
        if (caller is null)
        {
            return;
        }

        var name = model.Split('/', 2)[0];
        var price = caller.Terms.PriceOf(operation.Name, name, operation.Unit) ?? throw NotInPlan(caller, operation, name);
        charges.RequireOpen();
        _reservation = await allowances.ReserveAsync(caller.Account, caller.Terms, price, units, cancellation);
        _announced = new(operation.Name, null, charges.Expect());
    }

    /// <summary>Reserves the highest price that a call with several units can have.</summary>
    /// <param name="operation">The operation that is charged.</param>
    /// <param name="model">The name of the model.</param>
    /// <param name="bounds">
    /// The most that the call can use. A bound of 0 units is skipped. A unit for which the plan has no price is charged as the first unit
    /// of its bound.
    /// </param>
    /// <param name="cancellation">Cancels the wait for storage.</param>
    /// <exception cref="RefusedException">
    /// 402: the budget is spent. 403: the plan has no price for the first unit of a bound. 503: storage is unavailable.
    /// </exception>
    public async ValueTask ReserveAsync(
        Operation operation, string model, IReadOnlyList<UnitBound> bounds, CancellationToken cancellation)
    {
        if (caller is null)
        {
            return;
        }

        var units = PricedUnits.Of(caller.Terms, operation.Name, model, bounds) ?? throw NotInPlan(caller, operation, model);
        charges.RequireOpen();
        _reservation = await allowances.ReserveAsync(caller.Account, new Want(caller.Terms, units.Lines), cancellation);
        // Not announced to the journal: the call may take minutes, and other calls must not wait for its charge.
        _announced = new(operation.Name, units, null);
    }

    /// <summary>
    /// Reserves the highest price of units that the fallback of the called model can answer instead of the model. Can be called once, after
    /// the model was reserved.
    /// </summary>
    /// <param name="operation">The operation that is charged.</param>
    /// <param name="model">The name of the fallback.</param>
    /// <param name="units">The maximum number of units; 1 or more.</param>
    /// <param name="cancellation">Cancels the wait for storage.</param>
    /// <returns>False: the plan has no price for the fallback, or its budget does not cover it.</returns>
    public async ValueTask<bool> TryReserveFallbackAsync(Operation operation, string model, long units, CancellationToken cancellation)
    {
        if (caller is null)
        {
            return true;
        }

        if (_fallback is not null)
        {
            throw new InvalidOperationException("The fallback of the call is already reserved.");
        }

        if (caller.Terms.PriceOf(operation.Name, model, operation.Unit) is not { } price)
        {
            return false;
        }

        try
        {
            _fallback = await allowances.ReserveAsync(caller.Account, caller.Terms, price, units, cancellation);
            return true;
        }
        catch (RefusedException e) when (e.Status == StatusCodes.Status402PaymentRequired)
        {
            return false;
        }
    }

    /// <summary>Charges for the delivered units, and returns the answer to send.</summary>
    /// <param name="id">The id of the answer and of its charge.</param>
    /// <param name="model">The model that answered.</param>
    /// <param name="units">The delivered units; at most the reserved units.</param>
    /// <param name="answer">The body of the answer.</param>
    /// <param name="type">How the body is serialized.</param>
    /// <param name="cancellation">Cancelled when the caller has gone; the call is then not charged.</param>
    public Task<IResult> DeliverAsync<T>(
        string id, ModelManifest model, long units, T answer, JsonTypeInfo<T> type, CancellationToken cancellation) =>
        DeliverAsync(id, new ChargedModel(model.Name, model.Version), units, answer, type, cancellation);

    /// <inheritdoc cref="DeliverAsync{T}(string, ModelManifest, long, T, JsonTypeInfo{T}, CancellationToken)"/>
    public async Task<IResult> DeliverAsync<T>(
        string id, ChargedModel model, long units, T answer, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(answer, type);
        await ChargeAsync(id, model, units, body, JsonAnswer, cancellation);
        return TypedResults.Text(body, JsonAnswer);
    }

    /// <summary>Charges for the delivered units, and returns the answer to send, whose bytes the caller has made.</summary>
    /// <param name="id">The id of the answer's charge.</param>
    /// <param name="model">The model that answered.</param>
    /// <param name="units">The delivered units; at most the reserved units.</param>
    /// <param name="body">The body of the answer, valid until the request ends.</param>
    /// <param name="contentType">The content type of the body.</param>
    /// <param name="cancellation">Cancelled when the caller has gone; the call is then not charged.</param>
    public async Task<IResult> DeliverAsync(
        string id, ModelManifest model, long units, ReadOnlyMemory<byte> body, string contentType, CancellationToken cancellation)
    {
        await ChargeAsync(id, new ChargedModel(model.Name, model.Version), units, body, contentType, cancellation);
        return TypedResults.Bytes(body, contentType);
    }

    private async Task ChargeAsync(
        string id, ChargedModel model, long units, ReadOnlyMemory<byte> body, string contentType, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (caller is not null)
        {
            var started = Stopwatch.GetTimestamp();
            var (announced, reservation) = Reserved();
            var settled = reservation.Settle(units);
            var charge = EventOf(id, model.Name, model.Version, announced, settled);
            await ChargeAsync(charge, settled, KeptBytesOf(body), contentType, cancellation);
            timing?.Add("meter", Stopwatch.GetElapsedTime(started));
        }
    }

    /// <inheritdoc cref="DeliverAsync{T}(string, ModelManifest, long, T, JsonTypeInfo{T}, CancellationToken)"/>
    public Task ChargeAsync(string id, ModelManifest model, long units, byte[] body, CancellationToken cancellation)
    {
        var (announced, reservation) = Reserved();
        var settled = reservation.Settle(units);
        var charge = EventOf(id, model.Name, model.Version, announced, settled);
        return ChargeAsync(charge, settled, body, JsonAnswer, cancellation);
    }

    /// <summary>Charges for units that a model and its fallback delivered, all or none, and returns the answer to send.</summary>
    /// <param name="id">The id of the answer and of its first event.</param>
    /// <param name="model">The called model.</param>
    /// <param name="shares">Which model delivered how much; at most the reserved units.</param>
    /// <param name="answer">The body of the answer.</param>
    /// <param name="type">How the body is serialized.</param>
    /// <param name="cancellation">Cancelled when the caller has gone; the call is then not charged.</param>
    public async Task<IResult> DeliverAsync<T>(
        string id, ModelManifest model, AnswerShares shares, T answer, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(answer, type);
        cancellation.ThrowIfCancellationRequested();
        if (caller is not null)
        {
            var started = Stopwatch.GetTimestamp();
            await ChargeAsync(id, model, shares, body, cancellation);
            timing?.Add("meter", Stopwatch.GetElapsedTime(started));
        }

        return TypedResults.Text(body, JsonAnswer);
    }

    /// <inheritdoc cref="DeliverAsync{T}(string, ModelManifest, AnswerShares, T, JsonTypeInfo{T}, CancellationToken)"/>
    public async Task ChargeAsync(string id, ModelManifest model, AnswerShares shares, byte[] body, CancellationToken cancellation)
    {
        var (announced, reservation) = Reserved();
        if (shares.Fallback is not { } fallback)
        {
            _fallback?.Dispose();
            _fallback = null;
            var settled = reservation.Settle(shares.Units);
            var charge = EventOf(id, model.Name, model.Version, announced, settled) with { Cost = shares.Cost };
            await ChargeAsync(charge, settled, body, JsonAnswer, cancellation);
            return;
        }

        if (_fallback is not { } other)
        {
            throw new InvalidOperationException("The call has no reservation for its fallback; reserve before delivering.");
        }

        if (shares.Units > 0)
        {
            await ChargeBothAsync(id, model, shares, fallback, body, cancellation);
            return;
        }

        // The fallback answered everything, so the charge has only its event.
        reservation.Dispose();
        (_reservation, _fallback) = (other, null);
        var only = other.Settle(fallback.Units);
        var theirs = EventOf(id, fallback.Model, fallback.Version, announced, only) with { Cost = fallback.Cost };
        await ChargeAsync(theirs, only, body, JsonAnswer, cancellation);
    }

    /// <summary>Charges for units of both models, with one append.</summary>
    private async Task ChargeBothAsync(
        string id, ModelManifest model, AnswerShares shares, FallbackShare fallback, byte[] body, CancellationToken cancellation)
    {
        var (announced, reservation) = Reserved();
        var own = reservation.Settle(shares.Units);
        var theirs = _fallback!.Settle(fallback.Units);
        var first = EventOf(id, model.Name, model.Version, announced, own) with { Cost = shares.Cost };
        var second = EventOf($"{id}-2", fallback.Model, fallback.Version, announced, theirs) with
        {
            Of = id,
            Time = _fallback.Time,
            Cost = fallback.Cost,
        };
        var both = own with { Generation = Charges.SameGeneration(own.Generation, theirs.Generation) };
        await ChargeAsync(new(first, [second]), both, body, JsonAnswer, cancellation);
    }

    /// <summary>Charges for the delivered units, all or none, and returns the answer to send.</summary>
    /// <param name="id">The id of the answer and of its first event.</param>
    /// <param name="model">The name of the model that answered.</param>
    /// <param name="version">The version of the model.</param>
    /// <param name="charged">The delivered units. Units beyond the reserved bounds are not charged.</param>
    /// <param name="body">The body of the answer.</param>
    /// <param name="contentType">The content type of the body.</param>
    /// <param name="cancellation">Cancelled when the caller has gone; the call is then not charged.</param>
    public async Task<IResult> DeliverAsync(
        string id, string model, string version, ChargedUnits charged, ReadOnlyMemory<byte> body, string contentType,
        CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (caller is not null)
        {
            var started = Stopwatch.GetTimestamp();
            var (announced, reservation) = Reserved();
            var settled = reservation.Settle(announced.TotalsOf(charged));
            var events = charged.Describe(EventOf(id, model, version, announced, settled), settled, 0, charged.Cost);
            await ChargeAsync(events, settled, KeptBytesOf(body), contentType, cancellation);
            timing?.Add("meter", Stopwatch.GetElapsedTime(started));
        }

        return TypedResults.Bytes(body, contentType);
    }

    /// <summary>
    /// Begins an answer that is charged in parts and written after the function has returned. The reservation is kept until the request
    /// ends. The answer has no cost headers.
    /// </summary>
    public void BeginStream()
    {
        if (caller is not null && _streamed is null)
        {
            _streamed = new(Reserved().Reservation, charges);
            _reservation = null;
        }
    }

    /// <summary>
    /// Charges an answer in parts: up to the given totals, less what was charged for it before. Lower totals take back the difference.
    /// Returns when the charge is on disk; with <see cref="Durability.Async"/>, returns at once, and the next call throws if it failed. Can
    /// be called until the request ends, also when the caller has gone. A call that changes nothing writes nothing. The charge is not
    /// voided at the end of the request.
    /// </summary>
    /// <param name="id">The id of the answer and of its first event; the same in every call.</param>
    /// <param name="model">The name of the model that answers.</param>
    /// <param name="version">The version of the model.</param>
    /// <param name="totals">The units since the call began. Units beyond the reserved bounds are not charged.</param>
    /// <param name="cancellation">
    /// Checked before the charge is sent to the journal, and not afterwards. The journal gives up by itself.
    /// </param>
    /// <exception cref="JournalFencedException">Nothing of this step was charged or will be. The answer must end.</exception>
    /// <exception cref="RefusedException">
    /// 503: storage is unavailable. Nothing of this step was charged or will be. The answer must end.
    /// </exception>
    public async Task ChargeToAsync(string id, string model, string version, ChargedUnits totals, CancellationToken cancellation)
    {
        if (caller is null)
        {
            return;
        }

        cancellation.ThrowIfCancellationRequested();
        BeginStream();
        await _streamed!.ChargeToAsync(
            EventOf(id, model, version, _announced!, default), totals, _announced!.TotalsOf(totals));
    }

    private async Task ChargeAsync(UsageEvents charge, Settlement settled, byte[] body, string contentType, CancellationToken cancellation)
    {
        var (reservation, fallback) = (_reservation!, _fallback);
        ChargeIntent? intent = kept is null ? null : await kept.KeepAsync(charge, body, contentType);

        // From here on the charge owns the reservations.
        (_reservation, _fallback) = (null, null);
        _charged = await charges.RecordAsync(charge, settled.Generation ?? intent?.Generation, reservation, fallback);
        if (kept is not null)
        {
            await (kept.NeedsCharge ? _charged.Written : Task.CompletedTask);
            await kept.ConfirmAsync();
        }
        else if (cancellation.IsCancellationRequested)
        {
            charges.TakeBack(_charged);
            MakeChargeFinal();
            cancellation.ThrowIfCancellationRequested();
        }

        _reported = (charge.Charge, charge.Units);
    }

    /// <summary>Reports a cost that another call or a prediction's run has already charged.</summary>
    public void ReportCost(long cost, long units) => _reported = (cost, units);

    /// <summary>
    /// Writes the cost headers before the answer leaves; a stream has none. Voids the charge if the response is not the charged answer.
    /// </summary>
    public void WriteCostHeaders(HttpResponse response)
    {
        if (_streamed is not null && response.StatusCode == StatusCodes.Status200OK)
        {
            return;
        }

        if (_charged is not null && kept is null && response.StatusCode != StatusCodes.Status200OK)
        {
            charges.TakeBack(_charged);
            _reported = default;
        }

        response.Headers[CostHeader] = _reported.Cost.ToString(CultureInfo.InvariantCulture);
        response.Headers[UnitsHeader] = _reported.Units.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Releases the reservation that the function did not use.</summary>
    public void ReleaseReservation()
    {
        _announced?.Expected?.Dispose();
        _reservation?.Dispose();
        _fallback?.Dispose();
    }

    /// <summary>Makes the charge final; the request has ended.</summary>
    public void Dispose()
    {
        MakeChargeFinal();
        _ = _streamed?.EndAsync();
    }

    private void MakeChargeFinal()
    {
        if (_charged is { } charge)
        {
            _charged = null;
            Charges.MakeFinal(charge);
        }
    }

    private (Announced Announced, Reservation Reservation) Reserved() =>
        _announced is { } announced && _reservation is { } reservation
            ? (announced, reservation)
            : throw new InvalidOperationException("The call has no reservation; reserve before delivering.");

    /// <summary>Returns the event of the first unit.</summary>
    private UsageEvent EventOf(string id, string model, string version, Announced announced, Settlement settled) => new()
    {
        Id = id,
        Time = _reservation?.Time ?? default,
        Account = caller!.Account,
        Key = caller.Key,
        Operation = announced.Operation,
        Model = model,
        ModelVersion = version,
        Units = settled.First.Units,
        FreeUnits = settled.First.FreeUnits,
        Price = settled.First.Price,
        Plan = caller.Terms.Plan,
        PlanVersion = caller.Terms.Version,
        Currency = caller.Terms.Currency,
        Charge = settled.First.Charge,
        Lease = settled.Lease,
    };

    /// <summary>Returns the body as an array if the answer is stored. Otherwise nobody reads it.</summary>
    private byte[] KeptBytesOf(ReadOnlyMemory<byte> body) => kept is null ? []
        : MemoryMarshal.TryGetArray(body, out var part) && part.Array is { } array && array.Length == body.Length ? array : body.ToArray();

    private static RefusedException NotInPlan(Caller caller, Operation operation, string model) => new(
        StatusCodes.Status403Forbidden,
        "not_in_plan",
        $"The plan '{caller.Terms.Plan}' does not include '{operation.Name}' on the model '{ModelParameters.Shown(model)}': it has no "
            + "price for it.",
        "model");

    /// <summary>What a call announced when it reserved.</summary>
    /// <param name="Operation">The operation's name.</param>
    /// <param name="Units">The units of a call that can have several; null: one unit.</param>
    /// <param name="Expected">Announces a possible charge to the journal, until it is disposed of; null: not announced.</param>
    private sealed record Announced(string Operation, PricedUnits? Units, IDisposable? Expected)
    {
        public long[] TotalsOf(ChargedUnits charged) =>
            (Units ?? throw new InvalidOperationException("The call was reserved for one unit.")).Totals(charged.Units);
    }
}
