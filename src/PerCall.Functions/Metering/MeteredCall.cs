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
/// One call as it is paid for. A function reserves before it works and delivers at its end; between the two lies a call that costs nothing
/// because it failed, after them one whose charge is on disk before its answer leaves.
/// </summary>
/// <param name="timing">Of the request; null where there is none.</param>
/// <param name="caller">Who pays; null where nobody is asked for a key, and nothing is metered.</param>
/// <param name="allowances">What the caller may spend.</param>
/// <param name="charges">Where charges are written down.</param>
/// <param name="kept">Where the answer is kept before it is charged; null: it is not.</param>
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

    /// <summary>The call of a request, once the middleware has let it in.</summary>
    public static MeteredCall Of(HttpContext http) => (MeteredCall)http.Items[typeof(MeteredCall)]!;

    /// <summary>Makes this the call of a request, and disposes of it at the request's end.</summary>
    public void AttachTo(HttpContext http)
    {
        http.Items[typeof(MeteredCall)] = this;
        // Not at the end of a middleware: the answer is written after it.
        http.Response.RegisterForDispose(this);
    }

    /// <summary>The same call, before it has reserved, with an answer that is kept before it is charged.</summary>
    public MeteredCall Keeping(IKeptAnswer answer) => new(timing, caller, allowances, charges, answer);

    /// <summary>Sets aside what the call can cost at most.</summary>
    /// <param name="operation">What the call is charged as.</param>
    /// <param name="model">The model as the caller named it, with or without a version.</param>
    /// <param name="units">At most; 1 or more.</param>
    /// <param name="cancellation">Ends the waiting for storage.</param>
    /// <exception cref="RefusedException">402: the budget is spent; 403: the plan does not include it.</exception>
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
            $"The plan '{caller.Terms.Plan}' does not include '{operation.Name}' on the model '{ModelParameters.Shown(name)}': it has no price for it.",
            "model");
        charges.RequireOpen();
        _reservation = await allowances.ReserveAsync(caller.Account, caller.Terms, price, units, cancellation);
        _announced = new(operation.Name, price, charges.Expect());
    }

    /// <summary>Charges for what was delivered, and makes the answer that may leave then.</summary>
    /// <param name="id">The answer's id; the charge's, too.</param>
    /// <param name="model">The model that answered.</param>
    /// <param name="units">At most those reserved.</param>
    /// <param name="answer">The body.</param>
    /// <param name="type">How it is written.</param>
    /// <param name="cancellation">Cancelled where nobody waits for the answer any more; it is not charged then.</param>
    public async Task<IResult> DeliverAsync<T>(
        string id, ModelManifest model, long units, T answer, JsonTypeInfo<T> type, CancellationToken cancellation)
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

    /// <inheritdoc cref="DeliverAsync"/>
    public async Task ChargeAsync(string id, ModelManifest model, long units, byte[] body, CancellationToken cancellation)
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

        // From here on the reservation is the charge's.
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

    /// <summary>The answer was charged by another call, or by a prediction's run.</summary>
    public void ReportCost(long cost, long units) => _reported = (cost, units);

    /// <summary>
    /// Writes what the answer costs, before it leaves. If it is not the answer that was charged, the charge is taken back.
    /// </summary>
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

    /// <summary>Releases what the function did not use.</summary>
    public void ReleaseReservation()
    {
        _announced?.Expected.Dispose();
        _reservation?.Dispose();
    }

    /// <summary>The request is over.</summary>
    public void Dispose() => MakeChargeFinal();

    private void MakeChargeFinal()
    {
        if (_charged is { } charge)
        {
            _charged = null;
            Charges.MakeFinal(charge);
        }
    }

    /// <summary>What a call said when it reserved.</summary>
    /// <param name="Operation">What it is charged as.</param>
    /// <param name="Price">The plan's price of one unit.</param>
    /// <param name="Expected">Tells the journal that a charge may come, until it is disposed of.</param>
    private sealed record Announced(string Operation, Price Price, IDisposable Expected);
}
