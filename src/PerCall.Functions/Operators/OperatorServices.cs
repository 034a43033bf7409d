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
            .Validate(o => o.IsFit, $"{OperatorKey.Setting} is too short: a key that cannot be guessed has at least {OperatorOptions.MinLength} characters.")
            .Validate(o => !o.IsReference, $"{OperatorKey.Setting} is the text of a Key Vault reference that was not resolved: see that the secret is there, and that the application's identity may read it.")
            .ValidateOnStart();
        builder.Services.AddSingleton<OperatorKey>();
    }
}
