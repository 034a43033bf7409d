using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace PerCall.Functions.Operators;

/// <summary>Registers the operator's key.</summary>
public static class OperatorServices
{
    public static void AddOperators(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<OperatorOptions>()
            .Configure<IConfiguration>((options, configuration) => options.Key = configuration[OperatorKey.Setting])
            .Validate(o => o.IsFit, $"{OperatorKey.Setting} is too short; allowed: at least {OperatorOptions.MinLength} characters.")
            .Validate(
                o =>
                    !o.IsReference,
                    $"{OperatorKey.Setting} is an unresolved Key Vault reference. Check that the secret exists and that the application's "
                        + "identity can read it.")
            .ValidateOnStart();
        builder.Services.AddSingleton<OperatorKey>();
    }
}
