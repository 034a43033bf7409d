using Azure;
using Microsoft.AspNetCore.Http;
using PerCall.Client.Wire;
using PerCall.Functions.Audit;
using PerCall.Functions.Requests;
using PerCall.Functions.Storage;
using PerCall.Functions.Tenancy.Callers;
using PerCall.Functions.Tenancy.Plans;

namespace PerCall.Functions.Tenancy.Tenants;

/// <summary>Creates, reads and changes tenants, for the operator. Erasure is separate.</summary>
public sealed class TenantBook(TenantTable tenants, PlanTable plans, AuditLog audit, Invalidations invalidations, TimeProvider time)
{
    private const int MaxAttempts = 10;

    /// <exception cref="RefusedException">The tenant does not exist.</exception>
    public async Task<TenantRow> GetAsync(string id, CancellationToken cancellation) =>
        await tenants.FindAsync(id, cancellation) ?? throw Unknown(id);

    public async Task<TenantList> ListAsync(Page page, CancellationToken cancellation)
    {
        var rows = await tenants.ListAsync(page.After, page.Limit + 1, cancellation).ToListAsync(cancellation);
        return new([.. rows.Take(page.Limit).Select(r => r.ToWire())], rows.Count > page.Limit);
    }

    /// <exception cref="RefusedException">The id is in use or invalid, or the plan does not exist.</exception>
    public async Task<Tenant> CreateAsync(CreateTenantRequest request, Actor actor, CancellationToken cancellation)
    {
        var id = request.Id ?? Ids.NewTenant();
        if (!Ids.IsFit(id))
        {
            throw RefusedException.BadRequest("invalid_id", $"'id' is '{Page.Short(id)}'; {Ids.Rule}", "id");
        }

        var name = DisplayName.Of(request.Name, "tenant");
        var plan = await PlanAsync(request.Plan, cancellation);
        if (await tenants.FindAsync(id, cancellation) is not null)
        {
            throw Taken(id);
        }

        var row = new TenantRow { RowKey = id, Account = Ids.NewAccount(), Name = name, Plan = plan.Id, CreatedAt = time.GetUtcNow() };
        await audit.RecordAsync(new(actor, "tenant.create", Subject(id), After: State(row)), async () =>
        {
            try
            {
                await tenants.AddAsync(row);
            }
            // A retry after a lost response finds the row of the first attempt.
            catch (RequestFailedException e) when (e.AlreadyExists())
            {
                if ((await tenants.FindAsync(id, CancellationToken.None))?.Account != row.Account)
                {
                    throw Taken(id);
                }
            }

            if (await IsMarkedAsync(row.Plan))
            {
                await tenants.RemoveAsync((await tenants.FindAsync(id, CancellationToken.None))!);
                throw PlanBook.Unknown(row.Plan, "plan");
            }
        });
        invalidations.Tenant(id);
        return row.ToWire();
    }

    /// <exception cref="RefusedException">The tenant does not exist, or the change is not allowed.</exception>
    public async Task<Tenant> ChangeAsync(string id, ChangeTenantRequest request, Actor actor, CancellationToken cancellation)
    {
        if (request is { Name: null, Plan: null, Status: null })
        {
            throw RefusedException.BadRequest("nothing_to_change", "The body has no change; allowed: 'name', 'plan', 'status'.");
        }

        if (request.Status is not (null or TenantRow.Active or TenantRow.Suspended))
        {
            throw RefusedException.BadRequest(
                "invalid_status", $"'status' is '{Page.Short(request.Status)}'; allowed: {TenantRow.Active}, {TenantRow.Suspended}.",
                "status");
        }

        var name = request.Name is null ? null : DisplayName.Of(request.Name, "tenant");
        for (var attempt = 1; ; attempt++)
        {
            var row = await GetAsync(id, cancellation);
            RequireStaying(row);
            var (before, planBefore) = (State(row), row.Plan);
            var renamed = name is not null && name != row.Name;
            if (request.Plan is { } plan && plan != row.Plan)
            {
                row.Plan = (await PlanOfSameCurrencyAsync(plan, row.Plan, cancellation)).Id;
            }

            if (request.Status is { } status && status != row.Status)
            {
                (row.Status, row.InactiveSince) = (status, status == TenantRow.Active ? null : time.GetUtcNow());
            }

            row.Name = name ?? row.Name;
            // The name is not recorded, because it may be a person's.
            var after = new Dictionary<string, string>(State(row)) { ["renamed"] = renamed ? "yes" : "no" };
            if (!renamed && before.All(b => after[b.Key] == b.Value))
            {
                return row.ToWire();
            }

            try
            {
                await audit.RecordAsync(new(actor, "tenant.change", Subject(id), before, after), async () =>
                {
                    await tenants.UpdateAsync(row);
                    if (row.Plan != planBefore && await IsMarkedAsync(row.Plan))
                    {
                        var refused = PlanBook.Unknown(row.Plan, "plan");
                        row.Plan = planBefore;
                        await tenants.UpdateAsync(row);
                        throw refused;
                    }
                });
            }
            catch (RequestFailedException e) when (e.IsPreconditionFailed() && attempt < MaxAttempts)
            {
                continue;
            }

            invalidations.Tenant(id);
            return row.ToWire();
        }
    }

    /// <exception cref="RefusedException">The tenant is being erased.</exception>
    public static void RequireStaying(TenantRow row)
    {
        if (row.Status == TenantRow.Erasing)
        {
            throw new RefusedException(
                StatusCodes.Status409Conflict, "tenant_erasing",
                $"The tenant '{row.RowKey}' is being erased. If the erasure was interrupted, repeat the DELETE to finish it.");
        }
    }

    public static RefusedException Unknown(string id) =>
        new(StatusCodes.Status404NotFound, "tenant_not_found", $"Tenant '{Page.Short(id)}' not found.");

    public static string Subject(string id) => $"tenant/{id}";

    public static Dictionary<string, string> State(TenantRow row) =>
        new() { ["account"] = row.Account, ["plan"] = row.Plan, ["status"] = row.Status };

    private async Task<PlanHistory> PlanAsync(string? id, CancellationToken cancellation) =>
        id is null ? throw RefusedException.BadRequest("missing_plan", "'plan' is missing; expected the id of a plan.", "plan")
        : await plans.FindAsync(id, cancellation) is { IsMarked: false } plan ? plan : throw PlanBook.Unknown(id, "plan");

    /// <summary>
    /// Whether a plan that was just assigned to a tenant is being deleted. The deletion may have missed the assignment.
    /// </summary>
    private async Task<bool> IsMarkedAsync(string plan) => await plans.FindAsync(plan, CancellationToken.None) is not { IsMarked: false };

    private async Task<PlanHistory> PlanOfSameCurrencyAsync(string id, string before, CancellationToken cancellation)
    {
        var (plan, old) = (await PlanAsync(id, cancellation), await plans.FindAsync(before, cancellation));
        return plan.Currency == old?.Currency ? plan : throw new RefusedException(
            StatusCodes.Status409Conflict,
            "other_currency",
            $"The plan '{id}' is in {plan.Currency}, but the tenant's plan is in {old?.Currency}; a tenant's currency never changes.",
            "plan");
    }

    private static RefusedException Taken(string id) => new(
        StatusCodes.Status409Conflict, "tenant_exists", $"The id '{id}' belongs to an existing or erased tenant; choose another id.", "id");
}
