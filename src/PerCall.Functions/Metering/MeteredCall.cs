using System.Diagnostics;
using System.Globalization;
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
    private RecordedCharge? _charged;
    private (long Cost, long Units) _reported;

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
        var price = caller.Terms.PriceOf(operation.Name, name, operation.Unit) ?? throw new RefusedException(
            StatusCodes.Status403Forbidden,
            "not_in_plan",
            $"The plan '{caller.Terms.Plan}' does not include '{operation.Name}' on the model '{ModelParameters.Shown(name)}': it has no "
                + "price for it.",
            "model");
        charges.RequireOpen();
        _reservation = await allowances.ReserveAsync(caller.Account, caller.Terms, price, units, cancellation);
        _announced = new(operation.Name, price, charges.Expect());
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
        cancellation.ThrowIfCancellationRequested();
        if (caller is not null)
        {
            var started = Stopwatch.GetTimestamp();
            await ChargeAsync(id, model, units, body, cancellation);
            timing?.Add("meter", Stopwatch.GetElapsedTime(started));
        }

        return TypedResults.Text(body, JsonAnswer);
    }

    /// <inheritdoc cref="DeliverAsync{T}(string, ModelManifest, long, T, JsonTypeInfo{T}, CancellationToken)"/>
    public Task ChargeAsync(string id, ModelManifest model, long units, byte[] body, CancellationToken cancellation) =>
        ChargeAsync(id, new ChargedModel(model.Name, model.Version), units, body, cancellation);

    private async Task ChargeAsync(string id, ChargedModel model, long units, byte[] body, CancellationToken cancellation)
    {
        if (_announced is not { } announced || _reservation is not { } reservation)
        {
            throw new InvalidOperationException("The call has no reservation; reserve before delivering.");
        }

        var settled = reservation.Settle(units);
        var charge = new UsageEvent
        {
            Id = id,
            Time = reservation.Time,
            Account = caller!.Account,
            Key = caller.Key,
            Operation = announced.Operation,
            Model = model.Name,
            ModelVersion = model.Version,
            Units = units,
            FreeUnits = settled.FreeUnits,
            Price = announced.Price,
            Plan = caller.Terms.Plan,
            PlanVersion = caller.Terms.Version,
            Currency = caller.Terms.Currency,
            Charge = settled.Charge,
            Lease = settled.Lease,
        };
        ChargeIntent? intent = kept is null ? null : await kept.KeepAsync(charge, body);

        // From here on the charge owns the reservation.
        _reservation = null;
        _charged = await charges.RecordAsync(charge, settled.Generation ?? intent?.Generation, reservation);
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

    /// <summary>Writes the cost headers before the answer leaves. Voids the charge if the response is not the charged answer.</summary>
    public void WriteCostHeaders(HttpResponse response)
    {
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
        _announced?.Expected.Dispose();
        _reservation?.Dispose();
    }

    /// <summary>Makes the charge final; the request has ended.</summary>
    public void Dispose() => MakeChargeFinal();

    private void MakeChargeFinal()
    {
        if (_charged is { } charge)
        {
            _charged = null;
            Charges.MakeFinal(charge);
        }
    }

    /// <summary>What a call announced when it reserved.</summary>
    /// <param name="Operation">The operation's name.</param>
    /// <param name="Price">The plan's price of the units.</param>
    /// <param name="Expected">Announces a possible charge to the journal, until it is disposed of.</param>
    private sealed record Announced(string Operation, Price Price, IDisposable Expected);
}
