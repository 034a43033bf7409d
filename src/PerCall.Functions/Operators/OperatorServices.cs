using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PerCall.Functions.Storage;
using PerCall.Functions.Storage.Erasure;

namespace PerCall.Functions.Operators;

/// <summary>Registers the operator's key of the settings, and named operators' keys.</summary>
public static class OperatorServices
{
    public static void AddOperators(this IHostApplicationBuilder builder)
    {
        builder.RequireTable(OperatorTable.Name, TableBackupRule.All);
        builder.KeepTable(OperatorTable.Name, kept: null);
        builder.Services.AddOptions<OperatorOptions>()
            .Configure<IConfiguration>((options, configuration) =>
            {
                options.Key = configuration[OperatorKey.Setting];
                options.PreviousKey = configuration[OperatorKey.PreviousSetting];
            })
            .Validate(o => OperatorOptions.IsFit(o.Key), TooShort(OperatorKey.Setting))
            .Validate(o => OperatorOptions.IsFit(o.PreviousKey), TooShort(OperatorKey.PreviousSetting))
            .Validate(
                o => !OperatorOptions.IsReference(o.Key),
                $"{OperatorKey.Setting} is an unresolved Key Vault reference. Check that the secret exists and that the application's "
                    + "identity can read it.")
            .ValidateOnStart();
        builder.Services.AddSingleton<OperatorKey>();
        builder.Services.AddSingleton<OperatorTable>();
        builder.Services.AddSingleton<OperatorDirectory>();
        builder.Services.AddSingleton<OperatorBook>();
        builder.Services.AddSingleton<OperatorRefusals>();
        builder.Services.AddHostedService(s => s.GetRequiredService<OperatorRefusals>());
    }

    private static string TooShort(string setting) => $"{setting} is too short; allowed: at least {OperatorOptions.MinLength} characters.";
}
