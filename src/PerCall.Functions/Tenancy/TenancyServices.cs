using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PerCall.Functions.Requests;
using PerCall.Functions.Storage;
using PerCall.Functions.Storage.Erasure;
using PerCall.Functions.Tenancy.Callers;
using PerCall.Functions.Tenancy.Demo;
using PerCall.Functions.Tenancy.Erasure;
using PerCall.Functions.Tenancy.Keys;
using PerCall.Functions.Tenancy.Plans;
using PerCall.Functions.Tenancy.Tenants;
using PerCall.Inference.Publishing;

namespace PerCall.Functions.Tenancy;

/// <summary>Registers tenants, plans and keys, and the lookup from a key to its tenant.</summary>
public static class TenancyServices
{
    public static void AddTenancy(this IHostApplicationBuilder builder)
    {
        // Tenants refer to plans, and keys to tenants.
        builder.RequireTable(PlanTable.Name, TableBackupRule.All);
        builder.RequireTable(TenantTable.Name, TableBackupRule.All);
        builder.RequireTable(KeyTable.Name, TableBackupRule.All);
        builder.KeepTable(TenantTable.Name, kept: "the id, which is not given again");
        builder.KeepTable(PlanTable.Name, kept: null);
        var services = builder.Services;
        services.AddOptions<TenancyOptions>().BindConfiguration(TenancyOptions.Section)
            .Validate<IHostEnvironment>(
                (o, environment) =>
                    !o.Open || environment.IsDevelopment(),
                    $"{TenancyOptions.Section}:{nameof(TenancyOptions.Open)} is allowed in Development only, because it disables the "
                        + "check of keys.")
            .Validate<IHostEnvironment, IConfiguration>(
                (_, environment, configuration) =>
                    !environment.IsDevelopment() || configuration[DemoKey.Setting] is not { Length: > 0 } key
                        || KeyText.Parse(key) is not null,
                $"{DemoKey.Setting} is not a valid key; allowed: {KeyText.Rule}.")
            .ValidateOnStart();
        services.AddSingleton<TenantTable>();
        services.AddSingleton<PlanTable>();
        services.AddSingleton<KeyTable>();
        services.AddSingleton<IModelUse, PlannedModels>();
        services.AddSingleton<Invalidations>();
        services.AddSingleton<CallerDirectory>();
        services.AddSingleton<DemoKey>();
        services.AddSingleton<PlanBook>();
        services.AddSingleton<TenantBook>();
        services.AddSingleton<KeyBook>();
        services.AddSingleton<KeyErasure>();
        services.AddSingleton<ITenantData>(Get<KeyErasure>);
        services.AddSingleton<TenantErasure>();
        services.AddHostedService<DemoTenant>();
    }

    private static T Get<T>(IServiceProvider services) where T : notnull => services.GetRequiredService<T>();
}
