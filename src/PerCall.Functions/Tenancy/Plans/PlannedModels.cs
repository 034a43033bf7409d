using PerCall.Inference.Publishing;

namespace PerCall.Functions.Tenancy.Plans;

/// <summary>Models that plans name, now or from a later time on. Plans name models, not versions.</summary>
public sealed class PlannedModels(PlanTable plans, TimeProvider time) : IModelUse
{
    public async Task<IReadOnlyList<ModelUser>> FindAsync(string name, string? version, CancellationToken cancellation)
    {
        if (version is not null)
        {
            return [];
        }

        var now = time.GetUtcNow();
        return [.. (await plans.ListAsync(cancellation)).Where(p => !p.IsDeleted && Names(p, name, now))
            .Select(p => new ModelUser("plan", p.Id, null, $"the plan '{p.Id}'"))];
    }

    private static bool Names(PlanHistory plan, string model, DateTimeOffset now) =>
        plan.At(now).Prices.Any(p => p.Model == model)
        || plan.Versions.Any(v => v.EffectiveAt > now && v.Prices.Any(p => p.Model == model));
}
