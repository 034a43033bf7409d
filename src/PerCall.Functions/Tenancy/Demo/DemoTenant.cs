using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PerCall.Client.Wire;
using PerCall.Functions.Audit;
using PerCall.Functions.Requests;
using PerCall.Functions.Tenancy.Keys;
using PerCall.Functions.Tenancy.Plans;
using PerCall.Functions.Tenancy.Tenants;

namespace PerCall.Functions.Tenancy.Demo;

/// <summary>In development, has a tenant and a key be there before the service takes calls. What is there already is left as it is.</summary>
public sealed class DemoTenant(
    IHostEnvironment environment, IConfiguration configuration, IOptions<TenancyOptions> options, PlanTable planTable, PlanBook plans, TenantTable tenantTable, TenantBook tenants, KeyBook keys, DemoKey demo) : IHostedService
{
    private const string Name = "demo";
    private const KeyRoles Roles = KeyRoles.Call | KeyRoles.Admin;
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(1);

    private static readonly PutPlanRequest Plan = new()
    {
        Currency = "EUR",
        RequestsPerMinute = 600,
        ConcurrentCalls = 8,
        MonthlyBudget = 10_000_000,
        FreeUnits = new Dictionary<string, long> { ["image"] = 100, ["1k_characters"] = 100, ["recommendation"] = 100, ["batch_row"] = 1000 },
        Prices = [new("*", "*", "image", 1500), new("*", "*", "1k_characters", 500), new("*", "*", "recommendation", 200), new("*", "*", "batch_row", 100)],
    };

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!environment.IsDevelopment() || options.Value.Open)
        {
            return;
        }

        if (await planTable.FindAsync(Name, cancellationToken) is null)
        {
            await plans.PutAsync(Name, Plan, Actor.Service, cancellationToken);
        }

        try
        {
            await tenants.CreateAsync(new(Name, "Demo", Name), Actor.Service, cancellationToken);
        }
        catch (RefusedException e) when (e.Status == StatusCodes.Status409Conflict)
        {
            // From an earlier start, or of another process that starts now.
        }

        // It stays erased where it has been.
        if (await tenantTable.FindAsync(Name, cancellationToken) is not { Status: TenantRow.Active } tenant)
        {
            return;
        }

        if (configuration[DemoKey.Setting] is { Length: > 0 } given)
        {
            // Its form has been checked with the other settings.
            await keys.EnsureAsync(tenant, KeyText.Parse(given)!, DemoKey.Setting, Roles, Actor.Service, cancellationToken);
            demo.Text = given;
        }
        else
        {
            demo.Text = (await keys.CreateForAsync(tenant, "Of one start", Roles, Lifetime, Actor.Service)).Key;
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
