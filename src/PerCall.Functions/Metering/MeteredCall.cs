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
/// One call as it is paid for. A function reserves before it works and delivers at its end; between the two lies a call that costs nothing because it
/// failed, after them one whose charge is on disk before its answer leaves.
/// </summary>
/// <param name="timing">Of the request; null where there is none.</param>
/// <param name="caller">Who pays; null where nobody is asked for a key, and nothing is metered.</param>
/// <param name="allowances">What the caller may spend.</param>
/// <param name="charges">Where charges are written down.</param>
internal sealed class MeteredCall(ServerTiming? timing, Caller? caller, Allowances allowances, Charges charges) : IDisposable
{
    public const string CostHeader = "x-percall-cost";
    public const string UnitsHeader = "x-percall-units";
    public const string JsonAnswer = "application/json; charset=utf-8";

    private string _operation = "";
    private Price? _price;
    private Reservation? _reservation;
    private IDisposable? _expected;
    private RecordedCharge? _charged;
    private (long Cost, long Units) _told;

    /// <summary>Set where the answer is kept before it is charged.</summary>
    public IKeptAnswer? Stored { get; set; }

    /// <summary>Of the request, once the middleware has let it in.</summary>
    public static MeteredCall Of(HttpContext http) => (MeteredCall)http.Items[typeof(MeteredCall)]!;

    /// <summary>Sets aside what the call can cost at most.</summary>
    /// <param name="operation">One of <see cref="Operations"/>.</param>
    /// <param name="model">The model as the caller named it, with or without a version.</param>
    /// <param name="units">At most; 1 or more.</param>
    /// <param name="cancellation">Ends the waiting for storage.</param>
    /// <exception cref="RefusedException">402: the budget is spent; 403: the plan does not include it.</exception>
    public async ValueTask ReserveAsync(string operation, string model, long units, CancellationToken cancellation)
    {
        _operation = operation;
        if (caller is null)
        {
            return;
        }

        var name = model.Split('/', 2)[0];
        _price = caller.Terms.PriceOf(operation, name, Operations.Units[operation]) ?? throw new RefusedException(
            StatusCodes.Status403Forbidden,
            "not_in_plan",
            $"The plan '{caller.Terms.Plan}' has no price for '{operation}' on the model '{ModelParameters.Shown(name)}', and so does not include it.",
            "model");
        charges.RequireOpen();
        _reservation = await allowances.ReserveAsync(caller.Account, caller.Terms, _price, units, cancellation);
        _expected = charges.Expect();
    }

    /// <summary>Charges for what was delivered, and makes the answer that may leave then.</summary>
    /// <param name="id">The answer's id; the charge's, too.</param>
    /// <param name="model">The model that answered.</param>
    /// <param name="units">At most those reserved.</param>
    /// <param name="answer">The body.</param>
    /// <param name="type">How it is written.</param>
    /// <param name="cancellation">Cancelled where nobody waits for the answer any more; it is not charged then.</param>
    public async Task<IResult> DeliverAsync<T>(string id, ModelManifest model, long units, T answer, JsonTypeInfo<T> type, CancellationToken cancellation)
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
        var reservation = _reservation ?? throw new InvalidOperationException("A call delivers what it has reserved.");
        var settled = reservation.Settle(units);
        var charge = new UsageEvent
        {
            Id = id,
            Time = reservation.Time,
            Account = caller!.Account,
            Key = caller.Key,
            Operation = _operation,
            Model = model.Name,
            ModelVersion = model.Version,
            Units = units,
            FreeUnits = settled.FreeUnits,
            Price = _price!,
            Plan = caller.Terms.Plan,
            PlanVersion = caller.Terms.Version,
            Currency = caller.Terms.Currency,
            Charge = settled.Charge,
            Lease = settled.Lease,
        };
        ChargeIntent? intent = Stored is null ? null : await Stored.KeepAsync(charge, body);

        // From here on the reservation is the charge's.
        _reservation = null;
        _charged = await charges.RecordAsync(charge, settled.Generation ?? intent?.Generation, reservation);
        if (Stored is not null)
        {
            await (Stored.NeedsCharge ? _charged.Written : Task.CompletedTask);
            await Stored.ConfirmAsync();
        }
        else if (cancellation.IsCancellationRequested)
        {
            charges.TakeBack(_charged);
            Close();
            cancellation.ThrowIfCancellationRequested();
        }

        _told = (charge.Charge, charge.Units);
    }

    /// <summary>The answer is one that was charged before.</summary>
    public void Replay(long cost, long units) => _told = (cost, units);

    /// <summary>What the answer cost, on its way out. One that is not the answer that was charged takes the charge back.</summary>
    public void Leave(HttpResponse response)
    {
        if (_charged is not null && Stored is null && response.StatusCode != StatusCodes.Status200OK)
        {
            charges.TakeBack(_charged);
            _told = default;
        }

        response.Headers[CostHeader] = _told.Cost.ToString(CultureInfo.InvariantCulture);
        response.Headers[UnitsHeader] = _told.Units.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>The function has ended: what it did not use is free again.</summary>
    public void End()
    {
        _expected?.Dispose();
        _reservation?.Dispose();
    }

    /// <summary>The request is over.</summary>
    public void Dispose() => Close();

    private void Close()
    {
        if (_charged is { } charge)
        {
            _charged = null;
            Charges.Close(charge);
        }
    }
}
