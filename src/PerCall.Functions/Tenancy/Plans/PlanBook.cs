using System.Globalization;
using Azure;
using Microsoft.AspNetCore.Http;
using PerCall.Client.Wire;
using PerCall.Functions.Audit;
using PerCall.Functions.Pricing;
using PerCall.Functions.Requests;
using PerCall.Functions.Storage;
using PerCall.Functions.Tenancy.Callers;
using PerCall.Functions.Tenancy.Tenants;

namespace PerCall.Functions.Tenancy.Plans;

/// <summary>Adds plan versions, reads plans, and deletes plans, for the operator.</summary>
public sealed class PlanBook(
    PlanTable plans, TenantTable tenants, AuditLog audit, Invalidations invalidations, Operations operations, TimeProvider time)
{
    private const int MaxAttempts = 10;
    private const int MaxVersions = 1000;

    private readonly PlanTable _plans = plans;
    private readonly TenantTable _tenants = tenants;

    public async Task<PlanList> ListAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        return new([.. (await _plans.ListAsync(cancellation)).Where(p => !p.IsDeleted).Select(p => p.ToSummary(now))]);
    }

    /// <exception cref="RefusedException">The plan does not exist.</exception>
    public async Task<Plan> GetAsync(string id, CancellationToken cancellation) =>
        (await FindAsync(id, cancellation)).ToWire(time.GetUtcNow());

    /// <summary>
    /// Deletes a plan that is not assigned to any tenant. The plan is marked first, and an assignment checks for the mark after it is
    /// written, so at least one of the two concurrent operations detects the other. An interrupted deletion has no effect; repeating the
    /// request completes it.
    /// </summary>
    /// <exception cref="RefusedException">The plan does not exist, or tenants use it.</exception>
    public async Task DeleteAsync(string id, Actor actor, CancellationToken cancellation)
    {
        var history = await FindAsync(id, cancellation);
        await audit.RecordAsync(new(actor, "plan.delete", $"plan/{id}", State(history.Versions[^1])), async () =>
        {
            var mark = await _plans.MarkDeletingAsync(id);
            if (await _tenants.CountAsync(id) is > 0 and var count)
            {
                await _plans.UnmarkAsync(id);
                var tenants = count == 1 ? "1 tenant uses" : $"{count} tenants use";
                throw new RefusedException(
                    StatusCodes.Status409Conflict,
                    "plan_in_use",
                    $"{tenants} the plan '{id}'; move them to another plan first: PATCH /manage/v1/tenants/<tenant>.",
                    "id");
            }

            try
            {
                await _plans.MarkDeletedAsync(id, mark);
            }
            catch (RequestFailedException e) when (e.IsChangedOrGone())
            {
                throw new RefusedException(
                    StatusCodes.Status409Conflict,
                    "plan_changed",
                    $"The plan '{id}' changed during its deletion, so it was not deleted; try again.",
                    "id",
                    e);
            }
        });
        invalidations.Plan(id);
    }

    /// <summary>
    /// Adds a version. An update identical to the version that it would follow returns that version, so a request can be repeated safely.
    /// </summary>
    /// <exception cref="RefusedException">The plan is invalid; the error lists every fault.</exception>
    public async Task<(
        PlanVersion Version, bool IsNew)> PutAsync(string id, PutPlanRequest request, Actor actor, CancellationToken cancellation)
    {
        if (!Ids.IsFit(id))
        {
            throw RefusedException.BadRequest("invalid_id", $"'id' is '{Page.Short(id)}'; {Ids.Rule}", "id");
        }

        var faults = PlanValidator.FaultsOf(request, operations);
        for (var attempt = 1; ; attempt++)
        {
            var now = time.GetUtcNow();
            var history = await _plans.FindAsync(id, cancellation);
            Refuse([.. faults, .. FaultsIn(history, request, now)]);
            var version = VersionOf(request, (history?.Versions.Count ?? 0) + 1, now);
            if (history is { IsMarked: false } && Same(history, request, version, now) is { } same)
            {
                return (same, false);
            }

            try
            {
                await audit.RecordAsync(
                    new(actor, "plan.put", $"plan/{id}", history is null ? null : State(history.Versions[^1]), State(version)),
                    async () =>
                    {
                        await _plans.AddAsync(id, version);
                        if (history is { IsMarked: true })
                        {
                            await _plans.UnmarkAsync(id);
                        }
                    });
            }
            catch (RequestFailedException e) when (e.AlreadyExists() && attempt < MaxAttempts)
            {
                continue;
            }

            invalidations.Plan(id);
            return (version, true);
        }
    }

    private async Task<PlanHistory> FindAsync(string id, CancellationToken cancellation) =>
        await _plans.FindAsync(id, cancellation) is { IsDeleted: false } history ? history : throw Unknown(id);

    public static RefusedException Unknown(string id, string? param = null) =>
        new(
            StatusCodes.Status404NotFound, "plan_not_found",
            $"Plan '{Page.Short(id)}' not found. List the plans with GET /manage/v1/plans.", param);

    private static IEnumerable<ProblemFault> FaultsIn(PlanHistory? history, PutPlanRequest request, DateTimeOffset now)
    {
        if (history is null && request.EffectiveAt is not null)
        {
            yield return new("effective_at", "is allowed for later versions only; a plan's first version takes effect at once.");
        }
        else if (request.EffectiveAt < now)
        {
            yield return new(
                "effective_at",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"is {request.EffectiveAt:O}, which is in the past; leave it out for a version that takes effect at once."));
        }

        if (history is not null && request.Currency is { } currency && currency != history.Currency)
        {
            yield return new(
                "currency", $"is '{Page.Short(currency)}', but this plan is in {history.Currency}; a plan's currency never changes.");
        }

        if (history?.Versions.Count >= MaxVersions)
        {
            yield return new("id", $"has {MaxVersions} versions; a plan can have at most {MaxVersions}. Create another plan.");
        }
    }

    private static void Refuse(IReadOnlyList<ProblemFault> faults)
    {
        if (faults.Count > 0)
        {
            throw new RefusedException(
                StatusCodes.Status422UnprocessableEntity, "plan_refused",
                $"The plan has {faults.Count} fault{(faults.Count == 1 ? "" : "s")}, first: {faults[0].Where} {faults[0].Detail}")
            { Errors = faults };
        }
    }

    private static PlanVersion VersionOf(PutPlanRequest request, int number, DateTimeOffset now) => new()
    {
        Version = number,
        Currency = request.Currency!,
        EffectiveAt = request.EffectiveAt?.ToUniversalTime() ?? now,
        CreatedAt = now,
        RequestsPerMinute = (int?)request.RequestsPerMinute,
        TokensPerMinute = request.TokensPerMinute,
        ConcurrentCalls = (int?)request.ConcurrentCalls,
        MaxOutputTokens = (int?)request.MaxOutputTokens,
        Redact = request.Redact ?? false,
        MonthlyBudget = request.MonthlyBudget,
        FreeUnits = request.FreeUnits ?? new Dictionary<string, long>(),
        Prices = [.. request.Prices!.Select(p => p! with { Per = p.Per ?? 1 })],
    };

    private static PlanVersion? Same(PlanHistory history, PutPlanRequest request, PlanVersion wanted, DateTimeOffset now)
    {
        var at = request.EffectiveAt ?? now;
        // The version in effect at that time; when the request names a time, only if the version starts exactly then.
        var there = history.Versions[history.At(at).Version - 1];
        return (request.EffectiveAt is null || there.EffectiveAt == at)
            && (wanted.RequestsPerMinute, wanted.ConcurrentCalls, wanted.MonthlyBudget) == (
                there.RequestsPerMinute, there.ConcurrentCalls, there.MonthlyBudget)
            && (wanted.TokensPerMinute, wanted.MaxOutputTokens, wanted.Redact) == (
                there.TokensPerMinute, there.MaxOutputTokens, there.Redact)
            && wanted.FreeUnits.Count == there.FreeUnits.Count && wanted.FreeUnits.All(
                u => there.FreeUnits.TryGetValue(u.Key, out var count) && count == u.Value)
            && wanted.Prices.SequenceEqual(there.Prices) ? there : null;
    }

    // The plan's versions keep the terms, so the audit record does not repeat up to 500 prices.
    private static Dictionary<string, string> State(PlanVersion version) => new()
    {
        ["version"] = version.Version.ToString(CultureInfo.InvariantCulture),
        ["effective_at"] = version.EffectiveAt.ToString("O", CultureInfo.InvariantCulture),
    };
}
