using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PerCall.Client.Wire;
using PerCall.Functions.Audit;
using PerCall.Functions.Pricing;
using PerCall.Functions.Requests;
using PerCall.Functions.Tenancy.Keys;
using PerCall.Functions.Tenancy.Plans;
using PerCall.Functions.Tenancy.Tenants;

namespace PerCall.Functions.Tenancy.Demo;

/// <summary>
/// In development, creates a tenant and a key before the service accepts calls. Existing ones stay unchanged.
/// </summary>
public sealed class DemoTenant(
    IHostEnvironment environment, IConfiguration configuration, IOptions<TenancyOptions> options, PlanTable planTable, PlanBook plans,
    TenantTable tenantTable, TenantBook tenants, KeyBook keys, Operations operations, DemoKey demo) : IHostedService
{
    private const string Name = "demo";
    private const KeyRoles Roles = KeyRoles.Call | KeyRoles.Admin;
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(1);

    private const int FreeUnits = 100;
    private const long UnitPrice = 200;

    private static readonly Dictionary<string, long> OtherFreeUnits = new() { ["batch_row"] = 1000 };

    private static readonly Dictionary<string, long> OtherPrices = new()
    {
        ["image"] = 1500,
        ["1k_characters"] = 500,
        ["batch_row"] = 100,
        ["input"] = 1000,
    };

    /// <summary>The prices of a million units. These units are not included.</summary>
    private static readonly Dictionary<string, long> MillionPrices = new()
    {
        ["token_in"] = 2_500_000,
        ["token_in_cached"] = 1_250_000,
        ["token_out"] = 10_000_000,
        ["audio_second"] = 100_000_000,
    };

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!environment.IsDevelopment() || options.Value.Open)
        {
            return;
        }

        if (await planTable.FindAsync(Name, cancellationToken) is null)
        {
            await plans.PutAsync(Name, Plan(), Actor.Service, cancellationToken);
        }

        try
        {
            await tenants.CreateAsync(new(Name, "Demo", Name), Actor.Service, cancellationToken);
        }
        catch (RefusedException e) when (e.Status == StatusCodes.Status409Conflict)
        {
            // It exists from an earlier start, or another process that starts now has created it.
        }

        // An erased tenant is not created again.
        if (await tenantTable.FindAsync(Name, cancellationToken) is not { Status: TenantRow.Active } tenant)
        {
            return;
        }

        if (configuration[DemoKey.Setting] is { Length: > 0 } given)
        {
            // The key's form was validated with the other settings.
            await keys.EnsureAsync(tenant, KeyText.Parse(given)!, DemoKey.Setting, Roles, Actor.Service, cancellationToken);
            demo.Text = given;
        }
        else
        {
            demo.Text = (await keys.CreateForAsync(tenant, "Created at startup", Roles, Lifetime, Actor.Service)).Key;
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private PutPlanRequest Plan()
    {
        var units = operations.All.SelectMany(o => o.Units).Distinct().ToList();
        return new()
        {
            Currency = "EUR",
            RequestsPerMinute = 600,
            ConcurrentCalls = 8,
            MonthlyBudget = 10_000_000,
            FreeUnits = units.Where(u => !MillionPrices.ContainsKey(u)).ToDictionary(
                u => u, u => OtherFreeUnits.GetValueOrDefault(u, FreeUnits)),
            Prices = [.. units.Select(PriceOf)],
        };
    }

    private static PlanPrice PriceOf(string unit) => MillionPrices.TryGetValue(unit, out var million)
        ? new("*", "*", unit, million, 1_000_000)
        : new("*", "*", unit, OtherPrices.GetValueOrDefault(unit, UnitPrice));
}
