using PerCall.StandIn;

namespace PerCall.Testing.LargeModels;

/// <summary>Decides whether a charge is right for a call, by what its caller received and what the provider emitted.</summary>
/// <param name="killed">Whether instances or storage were killed, so that calls may have ended anywhere.</param>
public sealed class ChargeOracle(bool killed)
{
    // For calls without a documented rule for counting: roles and separators.
    private const int PromptMargin = 40;

    /// <summary>Statuses that a call may be refused with in addition to those of its script, when something was killed.</summary>
    private static readonly int[] Unavailable = [500, 502, 503, 504];

    /// <summary>Returns what is wrong about a call itself, whatever was charged; null: nothing.</summary>
    public string? FaultOf(ReceivedCall received, IReadOnlyList<Emission> emissions)
    {
        var call = received.Call;
        if (received.Status == 402)
        {
            return emissions.Count > 0 ? "was refused for its budget after it had been sent to the provider" : null;
        }

        if (received.Broke && !killed && call.Ending != Ending.Broken)
        {
            return "broke without the caller's doing";
        }

        if (received is { Left: false, Status: not (0 or 200) } && call.Ending is not (Ending.Refused or Ending.Broken)
            && !(killed && Unavailable.Contains(received.Status)))
        {
            return $"was refused with {received.Status} {received.Error}";
        }

        if (received.Tokens > 0 && emissions.Count(e => e.Out > 0) > 1)
        {
            return "went to another deployment after delivery had begun";
        }

        var usageIsExtra = call is { Kind: CallKind.Chat, Stream: true, IncludeUsage: false }
            && !call.Script.Contains("with-choices", StringComparison.Ordinal);
        return usageIsExtra && received.HasUsage ? "has a chunk of usage that the caller did not ask for" : null;
    }

    /// <summary>Returns what is wrong about a call that was not charged; null: nothing.</summary>
    public static string? FaultWithout(ReceivedCall received) =>
        received.Tokens > 0 ? $"delivered {received.Tokens} tokens without a charge"
        : received is { Status: 200, Ended: true, Error: null } ? "was answered without a charge"
        : null;

    /// <summary>Returns why a charge is not that of a call; null: it can be.</summary>
    public string? Mismatch(ReceivedCall received, CallCharge charge, IReadOnlyList<Emission> emissions)
    {
        var call = received.Call;
        if (charge.Model != call.Model.Name)
        {
            return "is for another model";
        }

        foreach (var (unit, units) in charge.Units)
        {
            var (found, due) = (charge.Charges.GetValueOrDefault(unit), call.Model.PriceOf(unit, units));
            if (found != due)
            {
                return $"has {found} micro-units for {units} {unit}, which cost {due}";
            }
        }

        if (!received.Left && received.Status is not (0 or 200))
        {
            return $"is for a call that was refused with {received.Status}";
        }

        if (received.Cost is { } cost && cost != charge.Charge)
        {
            return $"differs from the answer's cost, {cost}";
        }

        if (received is { Status: 200, Ended: true, Error: null })
        {
            return IsComplete(call, charge) ? null : "is not that of the complete answer";
        }

        if (received is { Ended: true } && !killed)
        {
            return charge.Out == received.Tokens && charge.Out > 0 && IsCountedPrompt(call, charge)
                ? null
                : $"is not that of the {received.Tokens} tokens before the answer broke off";
        }

        return CutFault(received, charge, emissions);
    }

    /// <summary>A call that ended somewhere: its caller has left, or something was killed.</summary>
    private static string? CutFault(ReceivedCall received, CallCharge charge, IReadOnlyList<Emission> emissions)
    {
        var call = received.Call;
        if (!call.Stream)
        {
            return IsComplete(call, charge) && emissions.Any(e => e.Complete) ? null : "is not that of the complete answer";
        }

        // Nothing beyond the reserved output is charged.
        var delivered = Math.Min(received.Tokens, (long)call.Bound * call.Choices);
        var emitted = emissions.Select(e => e.Out).DefaultIfEmpty().Max();
        return charge.Out == 0 ? "is for a call of which nothing was delivered"
            : charge.Out < delivered ? $"is for fewer tokens than the {delivered} that arrived"
            : charge.Out > emitted ? $"is for more tokens than the {emitted} that the provider has emitted"
            : IsCountedPrompt(call, charge) || IsComplete(call, charge) ? null
            : "has neither the counted nor the reported prompt";
    }

    private static bool IsComplete(ScriptedCall call, CallCharge charge)
    {
        var counted = charge.Basis == "counted" && charge.Out == call.Visible && IsCountedPrompt(call, charge);
        var (input, cached) = call.Model.Cached is null ? (call.In + call.Cached, 0) : (call.In, call.Cached);
        var reported = charge.Basis == "reported" && charge.In == input && charge.Cached == cached && charge.Out == call.Out
            && charge.Seconds == call.Seconds;
        return call.Ending switch
        {
            Ending.Reported => reported,
            Ending.Counted => counted,
            Ending.Either => reported || counted,
            // An invalid event may be ignored.
            Ending.Broken => reported && call.Script.Contains("garbage", StringComparison.Ordinal),
            _ => false,
        };
    }

    private static bool IsCountedPrompt(ScriptedCall call, CallCharge charge) => charge.Cached == 0 && (call.CountedIn is { } exact
        ? charge.In == exact
        : charge.In >= call.PromptTokens && charge.In <= call.PromptTokens + PromptMargin);
}
