using Microsoft.AspNetCore.Http;
using PerCall.Functions.Tenancy;

namespace PerCall.Functions.Requests;

/// <summary>What one request holds of the <see cref="BodyBudget"/>; all of it goes back when the request has been answered.</summary>
internal sealed class BodyMemory(BodyBudget budget, HttpContext http) : IDisposable
{
    private string? _account;
    private long _held;

    public static BodyMemory Start(HttpContext http, BodyBudget budget)
    {
        var memory = new BodyMemory(budget, http);
        http.Items[typeof(BodyMemory)] = memory;
        return memory;
    }

    /// <summary>Null: the request has not come through the middleware.</summary>
    public static BodyMemory? Of(HttpContext http) => http.Items.TryGetValue(typeof(BodyMemory), out var memory) ? (BodyMemory?)memory : null;

    /// <exception cref="RefusedException">503: there are not so many bytes left.</exception>
    public void Hold(long bytes)
    {
        budget.Hold(_account ??= Caller.Of(http)?.Account ?? "", bytes);
        Interlocked.Add(ref _held, bytes);
    }

    public void Release(long bytes)
    {
        if (bytes > 0)
        {
            budget.Release(_account!, bytes);
            Interlocked.Add(ref _held, -bytes);
        }
    }

    public void Dispose() => Release(Interlocked.Read(ref _held));
}
