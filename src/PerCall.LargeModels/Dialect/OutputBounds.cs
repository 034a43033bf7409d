using System.Text.Json.Nodes;
using PerCall.LargeModels.Routes;

namespace PerCall.LargeModels.Dialect;

/// <summary>Sets the bound of the output in a request.</summary>
internal static class OutputBounds
{
    private const string Exceeded = "output_limit_exceeded";

    /// <summary>
    /// Checks the caller's bound, or sets the smallest of the route's, the plan's and what is left of the context. The request then has
    /// the bound in <paramref name="target"/> alone, because a server ignores a field that it does not know.
    /// </summary>
    /// <param name="body">The request; changed.</param>
    /// <param name="route">The model.</param>
    /// <param name="limits">The plan.</param>
    /// <param name="choices">Number of answers.</param>
    /// <param name="predicted">Tokens of a predicted output, which are billed beside each answer.</param>
    /// <param name="left">Tokens that are left of the context.</param>
    /// <param name="target">The field for the bound.</param>
    /// <param name="fields">The fields in which callers can set it.</param>
    /// <returns>Maximum output tokens that a provider can bill, over all choices.</returns>
    /// <exception cref="LargeModelRefusedException">400 with the field's name as param.</exception>
    public static long Set(
        JsonObject body,
        LargeModelRoute route,
        CallLimits limits,
        int choices,
        long predicted,
        long left,
        string target,
        params ReadOnlySpan<string> fields)
    {
        string? field = null;
        int? asked = null;
        foreach (var name in fields)
        {
            if (Fields.Positive(body, name, name) is not { } value)
            {
                continue;
            }

            if (asked is not null)
            {
                throw Fields.Refused(Fields.InvalidValue, $"'{field}' and '{name}' cannot both be set.", name);
            }

            (field, asked) = (name, value);
        }

        if (asked > route.MaxOutputTokens)
        {
            throw Fields.Refused(
                Exceeded, $"'{field}' is {asked}; the model '{route.Model}' gives at most {route.MaxOutputTokens} tokens.", field);
        }

        var most = (long)route.MaxOutputTokens;
        if (limits.MaxOutputTokens is { } plan)
        {
            most = Math.Min(most, (plan / choices) - predicted);
            if (asked > most || most < 1)
            {
                throw Fields.Refused(
                    Exceeded,
                    $"The call asks for up to {choices * ((asked ?? 1) + predicted)} output tokens; the plan allows {plan} for each call, "
                        + "over all choices and with a predicted output.",
                    field ?? (choices > 1 ? "n" : predicted > 0 ? "prediction" : target));
            }
        }

        var bound = asked ?? (int)Math.Min(most, Math.Max(1, left));
        foreach (var name in fields)
        {
            body.Remove(name);
        }

        body[target] = bound;
        return choices * (bound + predicted);
    }
}
