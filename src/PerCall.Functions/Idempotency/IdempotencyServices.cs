using Microsoft.Extensions.Hosting;

namespace PerCall.Functions.Idempotency;

internal static class IdempotencyServices
{
    public static void AddIdempotency(this IHostApplicationBuilder builder)
    {
    }
}
