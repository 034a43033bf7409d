using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace PerCall.Functions.Security;

/// <summary>Registers the service's <c>security.txt</c>.</summary>
public static class SecurityServices
{
    public static void AddSecurity(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<SecurityOptions>().BindConfiguration(SecurityOptions.Section)
            .Validate(
                o => o.IsFit,
                $"{SecurityOptions.Section}:{nameof(SecurityOptions.Contact)} is invalid; allowed: a mailto:, https: or tel: address.")
            .ValidateOnStart();
        builder.Services.AddSingleton<SecurityText>();
    }
}
