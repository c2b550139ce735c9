"""What any page uses: components, assets, buttons, images, the shelf, the run shown."""
