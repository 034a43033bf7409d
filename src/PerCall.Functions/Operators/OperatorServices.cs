using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace PerCall.Functions.Operators;

/// <summary>Registers the operator's key.</summary>
internal static class OperatorServices
{
    public static void AddOperators(this IHostApplicationBuilder builder) => builder.Services.AddSingleton<OperatorKey>();
}
